import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'chai';
import { importScript, REPOSITORY } from '../support/repository.js';
import { runNode } from './support/run-node.js';

const DOCS = join(REPOSITORY, 'docs');
const SITE = join(DOCS, '.vitepress', 'dist');
const { installDependencies } = await importScript<{ installDependencies(say: (line: string) => void, folder: string): Promise<void> }>(
  'prepare/install-dependencies.mjs',
);

/** Files below a folder with this ending, named without it. */
function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !/(^|\/)(node_modules|\.vitepress)\//.test(path))
    .map((path) => path.slice(0, -ending.length))
    .sort();
}

describe('the site', function () {
  this.timeout(180_000);
  before(() => installDependencies(console.log, DOCS));

  describe('as npm run docs:build makes it', () => {
    let pages: ReadonlyMap<string, string>;
    before(async () => {
      rmSync(SITE, { recursive: true, force: true });
      await runNode(join(REPOSITORY, 'scripts', 'docs.mjs'), 'build');
      pages = new Map(filesBelow(SITE, '.html').map((name) => [name, readFileSync(join(SITE, `${name}.html`), 'utf8')]));
    });

    it('has a page for each document', () => {
      expect([...pages.keys()].filter((name) => name !== '404')).to.deep.equal(filesBelow(DOCS, '.md'));
    });

    it('leads to each page from its sidebar', () => {
      const sidebar = /<aside class="VPSidebar[\s\S]*?<\/aside>/.exec(pages.get('quick-start') ?? '')?.[0] ?? '';
      const led = [...sidebar.matchAll(/href="\/([^"]*)"/g)].map(([, path]) => path);
      expect(led.sort()).to.deep.equal([...pages.keys()].filter((name) => name !== '404' && name !== 'index'));
    });

    it('has every heading that its own links lead to', () => {
      const links = [...pages].flatMap(([name, html]) =>
        [...html.matchAll(/href="(\.?[^":]*)#([^"]+)"/g)].map(([, path = '', id = '']) => ({
          from: name,
          to: path === '' ? name : resolve('/', dirname(name), path).slice(1),
          id: decodeURIComponent(id),
        })),
      );
      expect(links.length).to.be.above(100);
      const dead = links.filter(({ to, id }) => id !== 'VPContent' && !pages.get(to)?.includes(`id="${id}"`));
      expect(dead).to.deep.equal([]);
    });
  });

  it('is not made where a link leads nowhere', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'oc-site-'));
    try {
      mkdirSync(join(folder, '.vitepress'));
      for (const path of ['node_modules', ...['config', 'heading-anchor', 'leave-the-site'].map((name) => `.vitepress/${name}.mjs`)])
        symlinkSync(join(DOCS, path), join(folder, path));
      writeFileSync(join(folder, 'index.md'), '# A page\n[to one that is gone](gone.md)\n');
      const failure = await runNode(join(DOCS, 'node_modules', 'vitepress', 'bin', 'vitepress.js'), 'build', folder).catch(String);
      expect(failure).to.match(/dead link/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
