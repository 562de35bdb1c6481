import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BalancerManifest } from '@ollama-coordinator/common/balancing';
import { balancerContractSuite } from '@ollama-coordinator/common/balancing/contract-suite';
import { expect } from 'chai';
import { codeBlocks } from '../../support/read-documents.js';

/** The balancer of the guide. It has no type annotations, so it runs as it stands; only its imports are found from elsewhere. */
const [code = ''] = codeBlocks(readFileSync('docs/write-a-balancer.md', 'utf8'), 'js');
const folder = mkdtempSync(join(tmpdir(), 'oc-examples-'));
const path = join(folder, 'balancer.mjs');
writeFileSync(
  path,
  code.replaceAll(/from '([^']+)'/g, (_, name: string) => `from '${import.meta.resolve(name)}'`),
);
const { default: manifest } = (await import(pathToFileURL(path).href)) as { default: BalancerManifest };

describe('examples in documents', () => {
  after(() => rmSync(folder, { recursive: true }));

  it('show a balancer in 30 lines at most', () => {
    const lines = code.trim().split('\n');
    console.log(`      the balancer of the guide has ${lines.length} lines`);
    expect(lines).to.have.lengthOf.within(5, 30);
    expect(manifest.name).to.equal('balancer-most-memory');
  });
  balancerContractSuite(manifest, {}, { describe, it });

  it('the commands of the readme are scripts of package.json or programs of this repository', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const commands = codeBlocks(readFileSync('README.md', 'utf8'), 'sh').join('\n');
    const known = ['install', ...Object.keys(scripts)];
    const used = [...commands.matchAll(/\bnpm (?:run )?(\w[\w:]*)/g)].map(([, script]) => script);
    expect(used).to.include.members(['start', 'test']);
    expect(used.filter((script) => !known.includes(script ?? ''))).to.deep.equal([]);
  });
});
