import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BalancerManifest } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { codeBlocks } from '../../support/read-documents.js';

describe('examples in documents', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-examples-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('the balancer of the quickstart is a valid plugin', async () => {
    const [code = ''] = codeBlocks(readFileSync('specs/SPEC-32e2b31a/quickstart.md', 'utf8'), 'ts');
    // The example has no type annotations, so it runs as it stands; only its imports are found from elsewhere.
    const runnable = code.replaceAll(/from '([^']+)'/g, (_, name: string) => `from '${import.meta.resolve(name)}'`);
    const path = join(folder, 'balancer.mjs');
    writeFileSync(path, runnable);
    const { default: manifest } = (await import(pathToFileURL(path).href)) as { default: BalancerManifest };
    expect(manifest).to.include({ api: 1, name: 'balancer-most-memory' });
    expect(manifest.create).to.be.a('function');
  });

  it('the commands of the readme are scripts of package.json or programs of this repository', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const commands = codeBlocks(readFileSync('README.md', 'utf8'), 'sh').join('\n');
    const known = ['install', ...Object.keys(scripts)];
    const used = [...commands.matchAll(/\bnpm (?:run )?(\w[\w:]*)/g)].map(([, script]) => script);
    expect(used).to.include.members(['start', 'test']);
    expect(used.filter((script) => !known.includes(script ?? ''))).to.deep.equal([]);
  });
});
