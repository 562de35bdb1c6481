import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../../support/otlp-receiver.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 1000, loadMs: 10 }] } as const;
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

describe('traces of requests', function () {
  this.timeout(60_000);
  let receiver: OtlpReceiver;
  let fleet: Fleet;
  before(async () => {
    receiver = await startOtlpReceiver();
    const env = { AGENT_OTLP_ENDPOINT: receiver.url };
    fleet = await startFleet({
      env: { COORDINATOR_OTLP_ENDPOINT: receiver.url },
      agents: ['one', 'two'].map((name) => ({ name, ollama: OLLAMA, env })),
    });
  });
  after(async () => {
    await fleet.close();
    await receiver.close();
  });

  const chat = { model: 'tiny', messages: [{ role: 'user', content: 'a secret of the caller' }], options: { num_predict: 3 } };
  const ask = (headers: Readonly<Record<string, string>>) => fleet.post('/api/chat', chat, headers);
  /** The spans of a trace as soon as there are so many. */
  const spansOf = (traceId: string, count: number) =>
    eventually(
      () => {
        const spans = receiver.spans.filter((span) => span.traceId === traceId);
        expect(spans).to.have.lengthOf(count);
        return spans;
      },
      { withinMs: 15_000 },
    );
  const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

  it('lead from the caller over queue, attempt and agent to Ollama', async () => {
    const answer = await ask({ traceparent: `00-${TRACE}-${CALLER}-01`, 'x-coordinator-pin': 'one' });
    await answer.text();
    const spans = await spansOf(TRACE, 5);
    const [request] = named(spans, 'POST /api/chat');
    const [attempt] = named(spans, 'attempt');
    const [agent] = named(spans, 'agent /api/chat');
    const [ollama] = named(spans, 'ollama /api/chat');
    expect(request).to.include({ service: 'ollama-coordinator', parentSpanId: CALLER, kind: 2, isError: false });
    expect(request?.attributes).to.include({
      'http.route': '/api/chat',
      'http.response.status_code': 200,
      'gen_ai.request.model': 'tiny:latest',
      'gen_ai.usage.output_tokens': 3,
      'ollama_coordinator.request_id': answer.headers.get('x-coordinator-request-id'),
      'ollama_coordinator.agent': 'one',
    });
    expect(named(spans, 'queue')[0]).to.include({ parentSpanId: request?.spanId, kind: 1 });
    expect(attempt).to.include({ parentSpanId: request?.spanId, kind: 3 });
    expect(attempt?.events).to.deep.equal(['first byte']);
    expect(agent).to.include({ service: 'ollama-agent', parentSpanId: attempt?.spanId, kind: 2 });
    expect(ollama).to.include({ service: 'ollama-agent', parentSpanId: agent?.spanId, kind: 3 });
    const seen = fleet.agents[0]?.ollama?.requests.find(({ path }) => path === '/api/chat');
    expect(seen?.headers.traceparent).to.equal(`00-${TRACE}-${ollama?.spanId}-01`);
    expect(JSON.stringify(receiver.spans)).to.not.include('a secret of the caller');
  });

  it('show each attempt, and why one failed', async () => {
    for (const { ollama } of fleet.agents) ollama?.faults.add({ fault: { kind: 'load-failure' }, match: { path: '/api/chat' }, times: 1 });
    const traceId = TRACE.replace('0af', '1bf');
    await (await ask({ traceparent: `00-${traceId}-${CALLER}-01` })).text();
    const spans = await spansOf(traceId, 10);
    const attempts = named(spans, 'attempt');
    expect(attempts.map(({ attributes }) => attributes['ollama_coordinator.attempt'])).to.deep.equal([1, 2]);
    expect(attempts.map(({ isError, attributes }) => [isError, attributes['error.type']])).to.deep.equal([
      [true, 'AGENT_FAILED'],
      [true, 'AGENT_FAILED'],
    ]);
    expect(named(spans, 'POST /api/chat')[0]).to.include({ isError: true });
  });

  it('are not made of a request whose caller says that it is not sampled', async () => {
    const traceId = TRACE.replace('0af', '2cf');
    await (await ask({ traceparent: `00-${traceId}-${CALLER}-00` })).text();
    await (await ask({})).text();
    // The one behind it begins a trace of its own; when that is here, the other would be.
    await eventually(() => expect(receiver.spans.filter(({ parentSpanId }) => parentSpanId === '')).to.have.lengthOf(1), {
      withinMs: 15_000,
    });
    expect(receiver.spans.filter((span) => span.traceId === traceId)).to.deep.equal([]);
  });
});
