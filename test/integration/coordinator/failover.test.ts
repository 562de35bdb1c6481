import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import type { Fault } from '../../support/simulated-ollama/faults.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 200, loadMs: 10 }] } as const;
/** A reset throws away what was not read yet, so the first token must be long gone when it comes. */
const SLOW = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 25, loadMs: 10 }] } as const;

describe('failure before the first byte', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: {
        COORDINATOR_BALANCER: 'round-robin',
        COORDINATOR_FIRST_BYTE_TIMEOUT_MS: '400',
        COORDINATOR_LOAD_TIMEOUT_MS: '400',
        COORDINATOR_QUEUE_TIMEOUT_MS: '3000',
      },
      agents: ['one', 'two'].map((name) => ({ name, ollama: OLLAMA })),
    });
  });
  after(() => fleet.close());
  afterEach(() => {
    for (const { ollama } of fleet.agents) ollama?.faults.clear();
  });

  const body = { model: 'tiny', prompt: 'go w', options: { num_predict: 5 } };
  const addFault = (names: readonly string[], fault: Fault, times?: number) => {
    for (const { name, ollama } of fleet.agents)
      if (names.includes(name)) ollama?.faults.add({ fault, match: { path: '/api/generate' }, ...(times === undefined ? {} : { times }) });
  };
  const received = () =>
    fleet.agents.flatMap(({ ollama }) => ollama?.requests.filter((request) => request.path === '/api/generate') ?? []).length;

  const faults: readonly Fault[] = [{ kind: 'refuse' }, { kind: 'busy' }, { kind: 'load-failure' }, { kind: 'hang' }];
  for (const fault of faults) {
    for (const stream of [true, false]) {
      it(`is tried on the other agent: ${fault.kind}, ${stream ? 'streamed' : 'in one piece'}`, async () => {
        addFault(['one'], fault);
        for (let index = 0; index < 3; index += 1) {
          const response = await fleet.post('/api/generate', { ...body, stream });
          expect(response.status).to.equal(200);
          expect(response.headers.get('x-coordinator-agent')).to.equal('two');
          expect(await response.text()).to.match(/echo-w/);
        }
      });
    }
  }

  it('shows how many agents were tried', async () => {
    addFault(['one', 'two'], { kind: 'load-failure' }, 1);
    const response = await fleet.post('/api/generate', body);
    expect(response.status).to.equal(500);
    expect(response.headers.get('x-coordinator-attempts')).to.equal('2');
    expect(await response.json())
      .to.have.property('error')
      .that.matches(/\S/);
  });

  it('sends a request that brings its agents down to two of them at most', async () => {
    addFault(['one', 'two'], { kind: 'refuse' });
    const before = received();
    const response = await fleet.post('/api/generate', body);
    expect(response.status).to.equal(502);
    expect(await response.json())
      .to.have.property('error')
      .that.matches(/2 agents failed/);
    expect(received() - before).to.equal(2);
  });

  it('answers a stall of both with a sentence after the first-byte deadline', async () => {
    addFault(['one', 'two'], { kind: 'hang' });
    const response = await fleet.post('/v1/chat/completions', { model: 'tiny', messages: [{ role: 'user', content: 'x' }] });
    for (const { ollama } of fleet.agents) ollama?.faults.clear();
    expect([200, 502, 504]).to.include(response.status);
  });

  it('passes on what Ollama says of the request itself, without trying another agent', async () => {
    const before = received();
    const response = await fleet.post('/api/generate', { ...body, options: 'no object' });
    expect(response.status).to.equal(400);
    expect(received() - before).to.equal(1);
  });

  it('is followed by nothing in flight', async () => {
    await eventually(async () => expect((await fleet.listAgents()).map((agent) => agent.in_flight)).to.deep.equal([0, 0]), {
      withinMs: 10_000,
    });
    const stats = (await (await fetch(`${fleet.url}/api/coordinator/stats`)).json()) as object;
    expect(stats).to.include({ waiting: 0, running: 0 });
  });
});

describe('the first-byte deadline', function () {
  this.timeout(60_000);
  const LOAD_TIMEOUT_MS = 20_000;
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_FIRST_BYTE_TIMEOUT_MS: '500', COORDINATOR_LOAD_TIMEOUT_MS: String(LOAD_TIMEOUT_MS) },
      agents: [{ name: 'one', ollama: { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 200, loadMs: 2000 }] } }],
    });
  });
  after(() => fleet.close());
  const ask = () => fleet.post('/api/generate', { model: 'tiny', prompt: 'go w', options: { num_predict: 5 } });

  it('leaves time for a load where one is expected', async () => {
    const response = await ask();
    expect(response.status).to.equal(200);
    expect(response.headers.get('x-coordinator-attempts')).to.equal('1');
    expect(await response.text()).to.match(/echo-w/);
  });

  it('leaves none where the model is in memory', async () => {
    await eventually(async () => expect((await fleet.listAgents())[0]?.runners.map(({ state }) => state)).to.deep.equal(['ready']));
    fleet.agents[0]?.ollama?.faults.add({ fault: { kind: 'hang' }, match: { path: '/api/generate' } });
    const askedMs = performance.now();
    const response = await ask();
    expect(response.status).to.be.within(502, 504);
    expect(await response.json())
      .to.have.property('error')
      .that.matches(/sent nothing for 500 ms/);
    expect(performance.now() - askedMs).to.be.below(LOAD_TIMEOUT_MS);
  });
});

describe('failure after the first byte', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({ agents: [{ name: 'one', ollama: SLOW }] });
  });
  after(() => fleet.close());

  const chat = { model: 'tiny', messages: [{ role: 'user', content: 'go w' }], stream: true, max_tokens: 50 };
  const ends: readonly [string, RegExp][] = [
    ['/api/chat', /\n\{"error":"the answer broke off[^\n]*"\}\n$/],
    ['/v1/chat/completions', /\n\ndata: \{"error":\{"message":"the answer broke off[^\n]*\}\}\n\n$/],
    ['/v1/messages', /\n\nevent: error\ndata: \{"type":"error",[^\n]*the answer broke off[^\n]*\n\n$/],
  ];
  for (const [path, end] of ends) {
    it(`ends ${path} in an error record of its own format`, async () => {
      fleet.agents[0]?.ollama?.faults.add({ times: 1, match: { path }, fault: { kind: 'reset-after', tokens: 5 } });
      const response = await fleet.post(path, chat);
      const text = await response.text();
      expect(text).to.match(end);
      expect(text).to.not.match(/"done":true|\[DONE\]|message_stop/);
    });
  }

  it('records the request as failed, with the reason', async () => {
    await eventually(async () => {
      const { requests } = (await (await fetch(`${fleet.url}/api/coordinator/requests?status=failed`)).json()) as {
        requests: { error_code: string }[];
      };
      expect(requests).to.have.lengthOf(3);
      expect(requests[0]?.error_code).to.equal('STREAM_BROKEN');
    });
  });
});

describe('waiting for a slot', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({ env: { COORDINATOR_QUEUE_LIMIT: '4' }, agents: [{ name: 'one', ollama: OLLAMA }] });
  });
  after(() => fleet.close());

  const ask = (tokens: number, signal?: AbortSignal) =>
    fetch(`${fleet.url}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'tiny', prompt: 'x', stream: false, options: { num_predict: tokens } }),
      ...(signal ? { signal } : {}),
    });
  const waiting = async () => ((await (await fetch(`${fleet.url}/api/coordinator/stats`)).json()) as { waiting: number }).waiting;

  it('queues what the one slot cannot take, sends Ollama one at a time, and tells how long it took', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(20)));
    expect(answers.map((answer) => answer.status)).to.deep.equal(Array(5).fill(200));
    expect(fleet.agents[0]?.ollama?.stats.peakInFlight).to.equal(1);
    expect(Math.max(...answers.map((answer) => Number(answer.headers.get('x-coordinator-queue-ms'))))).to.be.above(200);
  });

  it('refuses what would make the line too long, with a time to come back', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(40)));
    const refused = answers.filter((answer) => answer.status === 503);
    expect(refused.length).to.be.within(2, 3);
    expect(Number(refused[0]?.headers.get('retry-after'))).to.be.at.least(1);
    expect(await refused[0]?.json())
      .to.have.property('error')
      .that.matches(/^server busy, please try again\./);
  });

  it('forgets a waiting request whose client left', async () => {
    const running = ask(100);
    await eventually(() => fleet.agents[0]?.ollama?.requests.some((request) => request.end === 'open') ?? false);
    const controller = new AbortController();
    const gone = ask(1, controller.signal).catch(() => 'gone');
    await eventually(async () => expect(await waiting()).to.equal(1));
    controller.abort();
    await eventually(async () => expect(await waiting()).to.equal(0));
    expect(await gone).to.equal('gone');
    expect((await running).status).to.equal(200);
  });
});
