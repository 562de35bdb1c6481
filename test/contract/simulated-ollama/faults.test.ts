import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import {
  type Fault,
  instant,
  PROFILES,
  type SimulatedOllama,
  type SimulatedOllamaOptions,
  startSimulatedOllama,
} from '../../support/simulated-ollama/index.js';

const ASKED = { model: 'tiny', prompt: 'hi a', messages: [{ role: 'user', content: 'hi a' }], options: { num_predict: 5 }, max_tokens: 5 };

describe('faults of the simulated Ollama', () => {
  let sim: SimulatedOllama;
  let others: SimulatedOllama[] = [];

  beforeEach(async () => {
    sim = await startSimulatedOllama({ models: [instant(PROFILES.tiny), { name: 'other' }] });
  });

  afterEach(async () => {
    await sim.close();
    for (const other of others) await other.close();
    others = [];
  });

  /** One with another speed, closed with the test. */
  async function startOther(options: SimulatedOllamaOptions): Promise<SimulatedOllama> {
    const other = await startSimulatedOllama(options);
    others.push(other);
    return other;
  }

  const ask = (path: string, more: object = {}, init: RequestInit = {}) =>
    fetch(sim.url + path, { method: 'POST', body: JSON.stringify({ ...ASKED, ...more }), ...init });

  async function askWith(fault: Fault, path: string, more: object = {}): Promise<{ status: number; body: string }> {
    sim.faults.add({ times: 1, fault });
    const response = await ask(path, more);
    return { status: response.status, body: await response.text() };
  }

  async function failure(promise: Promise<unknown>): Promise<string> {
    return promise.then(
      () => 'no failure',
      (error: Error & { cause?: { code?: string } }) => error.cause?.code ?? error.message,
    );
  }

  const DIED = 'an error was encountered while running the model: unexpected EOF';

  it('ends the stream of a runner that dies with an error record', async () => {
    const { status, body } = await askWith({ kind: 'die-after', tokens: 2 }, '/api/generate');
    const records = body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(status).to.equal(200);
    expect(records.map(({ response, error }) => response ?? error)).to.deep.equal([' echo-a', ' the', DIED]);
  });

  it('answers 500 where the runner dies before the first token, or without streaming', async () => {
    expect(await askWith({ kind: 'die-after', tokens: 0 }, '/api/chat')).to.deep.equal({ status: 500, body: `{"error":"${DIED}"}` });
    expect((await askWith({ kind: 'die-after', tokens: 3 }, '/api/chat', { stream: false })).status).to.equal(500);
  });

  it('ends the OpenAI stream of a runner that dies with an empty chunk and no [DONE]', async () => {
    const { body } = await askWith({ kind: 'die-after', tokens: 2 }, '/v1/chat/completions', { stream: true });
    const events = body.trimEnd().split('\n\n');
    expect(events.length).to.equal(3);
    expect(JSON.parse(events[2]?.slice(6) ?? '')).to.deep.include({ model: '' });
  });

  it('takes everyone in the runner along, and loads it again for the next', async () => {
    const slow = await startOther({ models: [{ name: 'm', decodeTokensPerS: 100 }], numParallel: 2 });
    slow.faults.add({ times: 1, fault: { kind: 'die-after', tokens: 5 } });
    const generate = () =>
      fetch(`${slow.url}/api/generate`, { method: 'POST', body: '{"model":"m","prompt":"a"}' }).then((one) => one.text());
    const bodies = await Promise.all([generate(), generate()]);
    expect(bodies.map((body) => body.includes(DIED))).to.deep.equal([true, true]);
    slow.faults.clear();
    expect(await generate()).to.contain('"done":true');
    expect(slow.stats.loads).to.equal(2);
  });

  it('resets before the headers, and after some tokens', async () => {
    expect(await failure(askWith({ kind: 'refuse' }, '/api/generate'))).to.equal('ECONNRESET');
    expect(await failure(askWith({ kind: 'reset-after', tokens: 2 }, '/api/generate'))).to.equal('ECONNRESET');
    expect(sim.requests.map(({ end, tokens }) => [end, tokens])).to.deep.equal([
      ['failed', 0],
      ['failed', 2],
    ]);
  });

  for (const fault of [{ kind: 'hang' }, { kind: 'hang-after', tokens: 2 }] satisfies Fault[]) {
    it(`${fault.kind} leaves the request open until the client gives up`, async () => {
      sim.faults.add({ times: 1, fault });
      const hung = ask('/api/generate', {}, { signal: AbortSignal.timeout(150) }).then((response) => response.text());
      expect(await failure(hung)).to.contain('timeout');
      expect(sim.requests[0]?.tokens).to.equal('tokens' in fault ? fault.tokens : 0);
      const next = await ask('/api/generate', {}, { signal: AbortSignal.timeout(5000) });
      expect(await next.text()).to.contain('"done":true');
    });
  }

  it('refuses in the shape of the API that was called', async () => {
    expect(await askWith({ kind: 'busy' }, '/api/chat')).to.deep.equal({
      status: 503,
      body: '{"error":"server busy, please try again.  maximum pending requests exceeded"}',
    });
    expect(JSON.parse((await askWith({ kind: 'load-failure' }, '/v1/chat/completions')).body).error.type).to.equal('api_error');
    expect((await askWith({ kind: 'oom' }, '/api/generate')).body).to.contain('out of memory');
  });

  it('drips, writes a huge line, promises too much', async () => {
    const [plain, dripped] = [
      await (await ask('/api/generate', { raw: true })).text(),
      await askWith({ kind: 'drip', bytes: 200, everyMs: 1 }, '/api/generate', { raw: true }),
    ];
    expect(dripped.body.split('\n').length).to.equal(plain.split('\n').length);
    expect((await askWith({ kind: 'huge-line', bytes: 100_000 }, '/api/generate')).body.split('\n')[0]?.length).to.be.greaterThan(100_000);
    expect(await failure(askWith({ kind: 'wrong-length', bytes: 5 }, '/api/generate', { stream: false }))).to.not.equal('no failure');
  });

  it('strikes by model and path, so often as it is told, or by header', async () => {
    sim.faults.add({ match: { model: 'other', path: '/api/generate' }, times: 2, fault: { kind: 'busy' } });
    const statuses = [];
    for (const [path, model] of [
      ['/api/generate', 'tiny'],
      ['/api/chat', 'other'],
      ['/api/generate', 'other'],
      ['/api/generate', 'other'],
      ['/api/generate', 'other'],
    ]) {
      statuses.push((await ask(path ?? '', { model })).status);
    }
    expect(statuses).to.deep.equal([200, 200, 503, 503, 200]);
    for (const header of ['busy', '{"kind":"busy"}']) {
      expect((await ask('/api/generate', {}, { headers: { 'x-sim-fault': header } })).status).to.equal(503);
    }
  });

  it('freezes and thaws: what is asked meanwhile is answered afterwards', async () => {
    await (await ask('/api/chat')).text();
    sim.freeze();
    const asked = ask('/api/chat').then((response) => response.text());
    const version = fetch(`${sim.url}/api/version`).then((response) => response.status);
    const early = await Promise.race([asked, version, new Promise((resolve) => setTimeout(resolve, 100, 'silence'))]);
    expect(early).to.equal('silence');
    sim.thaw();
    expect(await asked).to.contain('"done":true');
    expect(await version).to.equal(200);
  });

  it('freezes in the middle of a stream, and goes on where it was', async () => {
    const slow = await startOther({ models: [{ name: 'm', decodeTokensPerS: 100, outputTokens: 20 }] });
    const asked = fetch(`${slow.url}/api/generate`, { method: 'POST', body: '{"model":"m","prompt":"a"}' }).then((one) => one.text());
    await eventually(() => (slow.requests[0]?.tokens ?? 0) > 2);
    slow.freeze();
    const tokens = slow.requests[0]?.tokens;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(slow.requests[0]?.tokens).to.equal(tokens);
    slow.thaw();
    expect((await asked).trimEnd().split('\n').length).to.equal(21);
  });

  it('goes down and comes up on the same port', async () => {
    await sim.setUp(false);
    expect(await failure(fetch(sim.url, { headers: { connection: 'close' } }))).to.be.oneOf([
      'ECONNREFUSED',
      'UND_ERR_SOCKET',
      'ECONNRESET',
    ]);
    await sim.setUp(true);
    expect(await (await fetch(sim.url)).text()).to.equal('Ollama is running');
  });
});
