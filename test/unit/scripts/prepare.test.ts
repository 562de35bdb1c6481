import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { importScript } from '../../support/repository.js';

type Lock = Record<string, object>;

describe('preparing a clone', () => {
  let isAtLeast: (version: string, wanted: string) => boolean;
  let matchesLock: (locked: Lock, installed: Lock) => boolean;
  let removeStaleOutput: (root: string) => void;
  before(async () => {
    ({ isAtLeast } = await importScript<{ isAtLeast: typeof isAtLeast }>('prepare/check-node.mjs'));
    ({ matchesLock } = await importScript<{ matchesLock: typeof matchesLock }>('prepare/install-dependencies.mjs'));
    ({ removeStaleOutput } = await importScript<{ removeStaleOutput: typeof removeStaleOutput }>('prepare/remove-stale-output.mjs'));
  });

  describe('isAtLeast', () => {
    const table: readonly [string, string, boolean][] = [
      ['20.19.0', '20.19', true],
      ['20.20.2', '20.19', true],
      ['22.0.0', '20.19', true],
      ['20.9.0', '20.19', false],
      ['18.20.1', '20.19', false],
      ['20.19', '20.19.1', false],
    ];
    for (const [version, wanted, expected] of table) {
      it(`${version} is ${expected ? '' : 'not '}at least ${wanted}`, () => expect(isAtLeast(version, wanted)).to.equal(expected));
    }
  });

  describe('matchesLock', () => {
    const locked: Lock = {
      '': { version: '0' },
      'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
      'node_modules/for-another-platform': { version: '1.0.0', optional: true },
      'node_modules/@ollama-coordinator/common': { resolved: 'common', link: true },
    };
    const { '': _root, 'node_modules/for-another-platform': _other, ...installed } = locked;

    it('accepts what npm ci installs', () => expect(matchesLock(locked, installed)).to.equal(true));
    it('sees another version', () =>
      expect(matchesLock(locked, { ...installed, 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } })).to.equal(false));
    it('sees another content', () =>
      expect(matchesLock(locked, { ...installed, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } })).to.equal(false));
    it('sees a package that is missing', () =>
      expect(matchesLock({ ...locked, 'node_modules/b': { version: '1' } }, installed)).to.equal(false));
    it('sees a package that is left over', () =>
      expect(matchesLock(locked, { ...installed, 'node_modules/b': { version: '1' } })).to.equal(false));
  });

  describe('removeStaleOutput', () => {
    let root: string;
    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'oc-stale-'));
      write('tsconfig.json', JSON.stringify({ references: [{ path: 'coordinator' }] }));
      write('coordinator/tsconfig.json', JSON.stringify({ compilerOptions: { rootDir: 'src', outDir: 'dist' } }));
      write('coordinator/tsconfig.tsbuildinfo');
      for (const name of ['a', 'deep/b']) {
        write(`coordinator/src/${name}.ts`);
        for (const suffix of ['.js', '.js.map', '.d.ts', '.d.ts.map']) write(`coordinator/dist/${name}${suffix}`);
      }
    });
    afterEach(() => rmSync(root, { recursive: true }));

    const write = (path: string, text = '') => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    const has = (path: string) => existsSync(join(root, path));

    it('leaves a complete build alone', () => {
      removeStaleOutput(root);
      expect(has('coordinator/dist/a.js') && has('coordinator/dist/deep/b.d.ts.map') && has('coordinator/tsconfig.tsbuildinfo')).to.equal(
        true,
      );
    });

    it('removes what a deleted source left behind, and nothing else', () => {
      rmSync(join(root, 'coordinator/src/deep/b.ts'));
      write('coordinator/dist/dashboard-page/index.html');
      write('coordinator/dist/dashboard-page/assets/page.js');
      removeStaleOutput(root);
      for (const suffix of ['.js', '.js.map', '.d.ts', '.d.ts.map'])
        expect(has(`coordinator/dist/deep/b${suffix}`), suffix).to.equal(false);
      expect(has('coordinator/dist/a.js')).to.equal(true);
      expect(has('coordinator/dist/dashboard-page/assets/page.js') && has('coordinator/dist/dashboard-page/index.html')).to.equal(true);
    });

    it('makes tsc build again where output is missing', () => {
      rmSync(join(root, 'coordinator/dist/a.js'));
      rmSync(join(root, 'coordinator/dist/a.d.ts'));
      rmSync(join(root, 'coordinator/dist/a.js.map'));
      rmSync(join(root, 'coordinator/dist/a.d.ts.map'));
      removeStaleOutput(root);
      expect(has('coordinator/tsconfig.tsbuildinfo')).to.equal(false);
    });

    it('takes a clone without any output', () => {
      rmSync(join(root, 'coordinator/dist'), { recursive: true });
      removeStaleOutput(root);
      expect(has('coordinator/tsconfig.tsbuildinfo')).to.equal(false);
    });
  });
});
