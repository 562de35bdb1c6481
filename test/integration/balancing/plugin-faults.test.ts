import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { REPOSITORY } from '../../support/repository.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 2000, loadMs: 10 }] } as const;
const plugin = (name: string) => pathToFileURL(join(REPOSITORY, 'test/fixtures/balancers', name)).href;

/** Session of the request, which tells the plugin what to do wrong → what is counted. */
const FAULTS = {
  'cost-throws': 'threw',
  'cost-nan': 'bad-cost',
  'cost-promise': 'bad-cost',
  'choose-throws': 'threw',
  'choose-nothing': 'bad-choice',
  'choose-promise': 'bad-choice',
  'choose-stranger': 'stranger',
  'choose-reject': 'unexplained-reject',
  'choose-empties': 'stranger',
  'assigned-throws': 'threw',
  'first-byte-throws': 'threw',
  'settled-throws': 'threw',
  'settled-promise': 'promise',
} as const;

/** `ollama_coordinator_balancer_faults` of one balancer, by kind. */
async function faultsOf(fleet: Fleet, balancer: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${fleet.url}/metrics`)).text();
  const lines = text.matchAll(/^ollama_coordinator_balancer_faults\{balancer="([^"]+)",fault="([^"]+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].filter(([, name]) => name === balancer).map(([, , kind = '', count]) => [kind, Number(count)]));
}
const ask = (fleet: Fleet, session: string, stream = false) =>
  fleet.post('/api/generate', { model: 'tiny', prompt: 'x', stream, options: { num_predict: 2 } }, { 'x-coordinator-session': session });

describe('a balancer plugin that misbehaves', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_BALANCER: plugin('misbehaves.mjs') },
      agents: ['one', 'two'].map((name) => ({ name, ollama: OLLAMA })),
    });
  });
  after(() => fleet.close());

  it('decides while it behaves', async () => {
    const answer = await ask(fleet, 'good');
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('x-coordinator-why')).to.equal('misbehaves: the first');
  });
  for (const [session, kind] of Object.entries(FAULTS)) {
    it(`costs no request: ${session}, counted as ${kind}`, async () => {
      const before = (await faultsOf(fleet, 'misbehaves'))[kind] ?? 0;
      for (const stream of [false, true]) {
        const answer = await ask(fleet, session, stream);
        expect(answer.status).to.equal(200);
        expect(await answer.text()).to.match(/"done":true/);
        if (/^(cost|choose)/.test(session))
          expect(answer.headers.get('x-coordinator-why')).to.equal('misbehaves: fewest in flight, without misbehaves, which failed');
      }
      await eventually(async () => expect((await faultsOf(fleet, 'misbehaves'))[kind]).to.be.at.least(before + 2));
    });
  }
  it('is named in the log, once a minute for each kind of fault', () => {
    const lines = readFileSync(fleet.logFile(0), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { balancer?: string; kind?: string; level: number });
    const logged = lines.filter(({ balancer }) => balancer === 'misbehaves').map(({ kind }) => kind);
    expect(logged.sort()).to.deep.equal([...new Set(Object.values(FAULTS))].sort());
  });
  it('does not keep the coordinator from knowing its fleet, nor from stopping', async () => {
    const extra = await fleet.addAgent({ name: 'three', ollama: OLLAMA });
    await extra.program.stop();
    await eventually(async () => (await ask(fleet, 'good')).status === 200);
    await fleet.restartCoordinator();
    await eventually(async () => (await ask(fleet, 'good')).status === 200);
  });
});

describe('a balancer plugin that hangs in create', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({ env: { COORDINATOR_BALANCER: plugin('hangs.mjs') }, agents: [{ name: 'one', ollama: OLLAMA }] });
  });
  after(() => fleet.close());

  it('is named in log and metrics, and requests are served without it', async () => {
    const answer = await ask(fleet, 'any');
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('x-coordinator-why')).to.match(/fewest in flight/);
    expect(await faultsOf(fleet, plugin('hangs.mjs'))).to.deep.equal({ hung: 1 });
    expect(readFileSync(fleet.logFile(0), 'utf8')).to.match(/"balancer":"[^"]*hangs\.mjs","kind":"hung"/);
  });
});
