import type { Request } from '@ollama-coordinator/common';
import { parseTrace } from '@ollama-coordinator/simulator';
import { expect } from 'chai';
import { arrivalsToTrace } from '#coordinator/cli/replay/arrivals-to-trace.js';

const START_MS = Date.UTC(2026, 0, 1);
const request = (afterMs: number, over: Partial<Request> = {}): Request => ({
  id: `r${afterMs}`,
  status: 'completed',
  received_at: new Date(START_MS + afterMs).toISOString(),
  path: '/api/chat',
  api: 'ollama',
  operation: 'chat',
  model: 'llama3:latest',
  caller: 'ann',
  stream: true,
  replica: 'r',
  attempts: 1,
  queue_ms: 0,
  total_ms: 1,
  prompt_tokens: 10,
  output_tokens: 20,
  http_status: 200,
  ...over,
});
const rows = (text: string) => text.trimEnd().split('\n').slice(1);

describe('arrivalsToTrace', () => {
  it('writes arrivals oldest first, from 0 on, and names nobody', () => {
    const text = arrivalsToTrace([
      request(2500, { caller: 'ann', session: 'secret project' }),
      request(1000, { caller: '10.0.0.7', session: 'other' }),
      request(1500, { caller: 'ann', session: 'secret project' }),
    ]);
    expect(rows(text)).to.deep.equal([
      '0,llama3:latest,,caller-1,session-1,10,20',
      '500,llama3:latest,,caller-2,session-2,10,20',
      '1500,llama3:latest,,caller-2,session-2,10,20',
    ]);
  });

  it('keeps callers where asked, quoted where they need it', () => {
    expect(rows(arrivalsToTrace([request(0, { caller: 'a,"b"' })], true))[0]).to.equal('0,llama3:latest,,"a,""b""",,10,20');
  });

  it('names the context where the request asked for one', () => {
    expect(rows(arrivalsToTrace([request(0, { signature: 'llama3:latest;num_batch=64;num_ctx=8192' })]))[0]).to.match(
      /^0,llama3:latest,8192,/,
    );
  });

  it('takes the mean of the model for what was not counted', () => {
    const { prompt_tokens: _p, output_tokens: _o, ...uncounted } = request(3);
    const others = [request(0), request(1, { prompt_tokens: 30, output_tokens: 40 })];
    expect(rows(arrivalsToTrace([...others, uncounted])).at(-1)).to.match(/,20,30$/);
    expect(rows(arrivalsToTrace([...others, { ...uncounted, model: 'never:seen' }])).at(-1)).to.match(/,300,200$/);
  });

  it('is a trace that the simulator reads', () => {
    const trace = parseTrace(arrivalsToTrace([request(0), request(7, { caller: 'x\ny', session: 's' })], true), 'exported.csv');
    expect(trace.requests.map(({ atMs, caller }) => [atMs, caller])).to.deep.equal([
      [0, 'ann'],
      [7, 'x y'],
    ]);
  });
});
