import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { PROFILES, type SimulatedOllama, startSimulatedOllama } from '../../support/simulated-ollama/index.js';

interface Reply {
  readonly response: string;
  readonly eval_count: number;
  readonly eval_duration: number;
  readonly _debug_info?: { readonly rendered_template: string };
}

describe('simulated Ollama over HTTP', () => {
  let sim: SimulatedOllama;

  afterEach(() => sim.close());

  const postJson = async (path: string, body: object) => (await (await post(path, body)).json()) as Reply;
  const post = (path: string, body: object, init: RequestInit = {}) =>
    fetch(sim.url + path, { method: 'POST', body: JSON.stringify(body), ...init });

  it('takes the time that its profile says: 50 tokens at 55 a second', async () => {
    sim = await startSimulatedOllama({ models: [PROFILES.slow] });
    await (await post('/api/generate', { model: 'slow' })).text();
    const startedAt = performance.now();
    const answer = await postJson('/api/generate', { model: 'slow', prompt: 'a', stream: false, options: { num_predict: 50 } });
    expect(performance.now() - startedAt).to.be.within(850, 1600);
    expect(answer.eval_count).to.equal(50);
    expect(answer.eval_duration / 1e9).to.be.closeTo(50 / 55, 0.02);
  });

  it('sends no header before the first token', async () => {
    sim = await startSimulatedOllama({ models: [{ name: 'm', loadMs: 80, decodeTokensPerS: 20 }] });
    const startedAt = performance.now();
    const response = await post('/api/generate', { model: 'm', prompt: 'a', options: { num_predict: 2 } });
    expect(performance.now() - startedAt).to.be.greaterThan(125);
    await response.text();
  });

  it('never crosses answers', async () => {
    sim = await startSimulatedOllama({ models: [{ name: 'm', decodeTokensPerS: 100 }], numParallel: 8 });
    const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
    const answers = await Promise.all(
      letters.map(async (letter) => {
        const asked = { model: 'm', prompt: `hi ${letter}`, stream: false, options: { num_predict: 3 } };
        return (await postJson('/api/generate', asked)).response;
      }),
    );
    expect(answers).to.deep.equal(letters.map((letter) => ` echo-${letter} the sky`));
    expect(sim.stats).to.deep.include({ inFlight: 0, loads: 1 });
    expect(sim.stats.peakInFlight).to.be.greaterThan(8);
  });

  for (const [name, stream] of [
    ['streaming', true],
    ['not streaming', false],
  ] as const) {
    it(`stops when the client leaves, ${name}`, async () => {
      sim = await startSimulatedOllama({ models: [{ name: 'm', decodeTokensPerS: 50 }] });
      const leaving = new AbortController();
      const asked = post('/api/chat', { model: 'm', messages: [{ role: 'user', content: 'a' }], stream }, { signal: leaving.signal });
      const failed = asked.then((response) => response.text()).catch(() => 'left');
      await eventually(() => (sim.requests[0]?.tokens ?? 0) > 1);
      leaving.abort();
      expect(await failed).to.equal('left');
      await eventually(() => sim.stats.generating === 0);
      expect(sim.requests[0]).to.deep.include({ end: 'client-left' });
      expect(sim.requests[0]?.tokens).to.be.lessThan(10);
    });
  }

  it('takes a half-closed connection for a client that left', async () => {
    sim = await startSimulatedOllama({ models: [{ name: 'm', decodeTokensPerS: 50 }] });
    const body = '{"model":"m","prompt":"a"}';
    const socket = connect({ port: sim.port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    socket.write(`POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const [first] = await once(socket, 'data');
    expect(String(first)).to.contain('200 OK');
    socket.end();
    expect(await text(socket)).to.not.contain('"done":true');
    await eventually(() => sim.requests[0]?.end === 'client-left');
    expect(sim.stats.generating).to.equal(0);
  });

  it('waits for a reader that is too slow', async () => {
    sim = await startSimulatedOllama({ models: [{ name: 'm', outputTokens: 1_000_000 }] });
    const response = await post('/api/generate', { model: 'm', prompt: 'a' });
    await eventually(() => (sim.requests[0]?.tokens ?? 0) > 100);
    await new Promise(setImmediate);
    expect(sim.requests[0]?.tokens).to.be.lessThan(500_000);
    await response.body?.cancel();
  });

  it('shows only the name that was loaded first where names share a digest', async () => {
    sim = await startSimulatedOllama({ models: [{ name: 'm' }] });
    await post('/api/copy', { source: 'm', destination: 'n' });
    await (await post('/api/generate', { model: 'n' })).text();
    await (await post('/api/generate', { model: 'm' })).text();
    const { models } = (await (await fetch(`${sim.url}/api/ps`)).json()) as { models: { name: string }[] };
    expect(models.map(({ name }) => name)).to.deep.equal(['n:latest']);
  });

  it('renders without generating, and continues a rendered text', async () => {
    sim = await startSimulatedOllama({ models: [{ name: 'm' }] });
    const messages = [{ role: 'user', content: 'hello z' }];
    const rendered = await postJson('/api/chat', { model: 'm', messages, _debug_render_only: true });
    expect(rendered._debug_info?.rendered_template).to.equal('<|im_start|>user\nhello z<|im_end|>\n<|im_start|>assistant\n');
    expect(rendered).to.deep.include({ message: { role: '', content: '' }, done: false });
    const prompt = `${rendered._debug_info?.rendered_template} echo-z the`;
    const asked = { model: 'm', raw: true, prompt, stream: false, options: { num_predict: 2 } };
    expect((await postJson('/api/generate', asked)).response).to.equal(' sky was');
  });
});
