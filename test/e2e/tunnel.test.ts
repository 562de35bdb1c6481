import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { startFaultProxy } from '../faults/support/start-fault-proxy.js';
import { eventually } from '../support/eventually.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const SECRET = 'a secret that both replicas share';
const MODELS = [
  { name: 'tiny', kind: 'completion' },
  { name: 'slow', kind: 'completion', decodeTokensPerS: 50, loadMs: 10 },
] as const;
/** Nobody listens there: an agent that says so is reached by its tunnel or not at all. */
const NOWHERE = { AGENT_ADVERTISE: '127.0.0.1:9' };
const TUNNEL = { ...NOWHERE, AGENT_TRANSPORT: 'tunnel' };

/** Two replicas: an agent's tunnel ends at one of them, and the other goes through that. */
describe('an agent behind a tunnel', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      replicas: 2,
      env: { COORDINATOR_CLUSTER_SECRET: SECRET },
      agents: [{ name: 'far', ollama: { numParallel: 64, models: MODELS }, env: { ...TUNNEL, AGENT_SLOTS: '64' } }],
    });
  });
  after(() => fleet?.close());

  const urlOf = (replica: number) => fleet.coordinators[replica]?.url ?? '';
  const ask = (replica: number, body: object = {}, signal?: AbortSignal) =>
    fetch(`${urlOf(replica)}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'tiny', prompt: 'hello k', options: { num_predict: 20 }, ...body }),
      ...(signal ? { signal } : {}),
    });
  const ollama = () => fleet.agents[0]?.ollama;

  it('is online at both, and shown as one', async () => {
    for (const replica of [0, 1])
      await eventually(async () => {
        const [agent] = (await (await fetch(`${urlOf(replica)}/api/agents`)).json()) as { status: string; transport: string }[];
        expect([agent?.status, agent?.transport]).to.deep.equal(['online', 'tunnel']);
      });
  });

  for (const replica of [0, 1])
    it(`answers through replica ${replica}, whole and streamed`, async () => {
      const whole = (await (await ask(replica, { stream: false })).json()) as { response: string; done: boolean };
      const streamed = await (await ask(replica)).text();
      const records = streamed
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { response: string; done: boolean });
      expect(records.map(({ response }) => response).join('')).to.equal(whole.response);
      expect(records.at(-1)?.done).to.equal(true);
    });

  it('carries 64 streams at once, each with its own words', async () => {
    const answers = await Promise.all(
      Array.from({ length: 64 }, async (_, index) => {
        const prompt = `stream ${String.fromCharCode(97 + (index % 26))}`;
        const text = await (await ask(index % 2, { prompt })).text();
        return [prompt.at(-1), JSON.parse(text.split('\n')[0] ?? '').response.trim()];
      }),
    );
    for (const [letter, first] of answers) expect(first).to.include(`echo-${letter}`);
  });

  it('stops Ollama when the client leaves, through either replica', async () => {
    for (const replica of [0, 1]) {
      const controller = new AbortController();
      const response = await ask(replica, { model: 'slow', options: { num_predict: 5000 } }, controller.signal);
      await response.body?.getReader().read();
      expect(ollama()?.stats.inFlight).to.equal(1);
      controller.abort();
      const leftMs = performance.now();
      await eventually(() => ollama()?.stats.inFlight === 0);
      console.log(
        `      replica ${replica}: Ollama stopped ${(performance.now() - leftMs).toFixed(0)} ms after the client left (at most 250 is wanted)`,
      );
    }
  });

  it('opens its tunnel to the other replica when the one that has it is restarted', async () => {
    await fleet.restartCoordinator(0);
    await eventually(async () => expect((await ask(0, { stream: false })).status).to.equal(200), { withinMs: 20_000 });
    await eventually(async () => expect((await ask(1, { stream: false })).status).to.equal(200), { withinMs: 20_000 });
  });
});

describe('an agent whose network fails', function () {
  this.timeout(120_000);

  it('serves again soon after it returns, and the coordinator has lived through it', async () => {
    const fleet = await startFleet();
    const network = await startFaultProxy(() => Number(new URL(fleet.url).port));
    try {
      await fleet.addAgent({ name: 'far', env: { ...TUNNEL, AGENT_COORDINATOR_URL: network.url } });
      network.swallow('both');
      const logOf = () => readFile(fleet.logFile(0), 'utf8');
      // Both sides give a silent tunnel up by themselves; what was left of one brought the coordinator down when it was used.
      await eventually(async () => expect(await logOf()).to.include('the tunnel of an agent is closed'), { withinMs: 40_000 });
      network.swallow(undefined);
      const healedMs = performance.now();
      const body = { model: 'tiny', prompt: 'hello', stream: false, options: { num_predict: 2 } };
      await eventually(async () => expect((await fleet.post('/api/generate', body)).status).to.equal(200), { withinMs: 40_000 });
      const backMs = performance.now() - healedMs;
      console.log(`      served ${(backMs / 1000).toFixed(1)} s after the network returned (at most 5 is wanted)`);
      expect(fleet.coordinators[0]?.program.hasEnded).to.equal(false);
    } finally {
      await network.close();
      await fleet.close();
    }
  });
});

describe('an agent that the coordinator cannot reach', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet();
  });
  after(() => fleet?.close());

  it('opens a tunnel by itself, where nothing forbids that', async () => {
    await fleet.addAgent({ name: 'shut', env: NOWHERE });
    const body = { model: 'tiny', prompt: 'hello', stream: false, options: { num_predict: 2 } };
    await eventually(async () => expect((await fleet.post('/api/generate', body)).status).to.equal(200), { withinMs: 20_000 });
    expect((await fleet.listAgents())[0]?.transport).to.equal('tunnel');
  });
});
