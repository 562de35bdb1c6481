import { readFileSync } from 'node:fs';
import { AppError, seededRandom, silentLogger } from '@ollama-coordinator/common';
import type { BalancerManifest } from '@ollama-coordinator/common/balancing';
import { balancerContractSuite } from '@ollama-coordinator/common/balancing/contract-suite';
import { expect } from 'chai';
import { createBalancing } from '#coordinator/balancing/create-balancing.js';
import { loadBalancer } from '#coordinator/balancing/load-plugin.js';
import { createManualClock } from '../../support/manual-clock.js';
import { createPluginFolder } from '../../support/plugin-folder.js';
import { requestFacts } from '../../support/request-facts.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../../support/scripted-fleet.js';

const README = new URL('../../../../balancers/README.md', import.meta.url);

/** The example in the README: the block of code after `<!-- example: <file> -->`. */
function exampleFile(name: string): string {
  const text = readFileSync(README, 'utf8').split(`<!-- example: ${name} -->`)[1];
  const code = /^\s*```\w+\n(.*?)^```/ms.exec(text ?? '')?.[1];
  if (code === undefined) throw new Error(`the README has no example ${name}`);
  return code;
}

const folder = createPluginFolder();
const files = { 'index.js': exampleFile('index.js'), 'package.json': exampleFile('package.json') };
const path = folder.write(files, 'my-balancer');
const { default: manifest } = (await import(`${path}/index.js`)) as { default: BalancerManifest };

describe('a balancer outside the repository', () => {
  after(() => folder.remove());

  it('is written in 30 lines at most', () => {
    expect(files['index.js'].trim().split('\n')).to.have.lengthOf.at.most(30);
  });
  it('is loaded by its npm name and places requests', async () => {
    const { name, balancer } = await loadBalancer('my-balancer', {}, { log: silentLogger, from: folder.path });
    expect(name).to.equal('my-balancer');
    const models = modelsOnDisk('llama3:latest');
    const clock = createManualClock();
    const stale = anAgent({ id: 'stale', models, lastSeenAtMs: clock.now() - 4000 });
    const fresh = anAgent({ id: 'fresh', models, lastSeenAtMs: clock.now() });
    const balancing = createBalancing({
      profile: [{ name, balancer, weight: 1 }],
      fleet: createScriptedFleet(stale, fresh),
      replicaId: 'r1',
      clock,
      random: seededRandom(1),
      log: silentLogger,
    });
    const placement = balancing.place(requestFacts('llama3:latest'), { exclude: new Set() });
    expect(placement).to.include({ kind: 'assigned' });
    expect(placement).to.have.nested.property('agent.id', 'fresh');
    expect(balancing.faults()).to.deep.equal([]);
    await balancing.close();
  });
  it('is loaded from the working directory when no folder is named', async () => {
    const before = process.cwd();
    process.chdir(folder.path);
    try {
      expect((await loadBalancer('my-balancer', {}, { log: silentLogger })).name).to.equal('my-balancer');
    } finally {
      process.chdir(before);
    }
  });
  it('refuses a misspelt option, with its name', async () => {
    const failure = await loadBalancer('my-balancer', { speeed: 1 }, { log: silentLogger, from: folder.path }).catch((error) => error);
    expect(failure).to.be.instanceOf(AppError);
    expect(failure).to.include({ code: 'BAD_BALANCER' });
    expect(failure.message).to.contain('speeed: unknown option');
  });
  balancerContractSuite(manifest, {}, { describe, it });
});
