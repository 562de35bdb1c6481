import { expect } from 'chai';
import { answerLength, chatOf } from '../../../bench/fleet/live/chat-of.js';
import { liveBars } from '../../../bench/fleet/live/report-live.js';
import type { LiveFigures } from '../../../bench/fleet/live/run-live.js';
import { judge } from '../../../bench/support/bars.js';

const arrival = { id: 'request-1', line: 2, atMs: 0, model: 'a', numCtx: undefined, caller: 'c', session: undefined, inputTokens: 10 };
const spread = { p50: 1, p90: 2, p99: 3 };

function figures(more: Partial<LiveFigures>): LiveFigures {
  return { requests: 100, completed: 100, refused: 0, failed: 0, ttft_ms: spread, total_ms: spread, loads: 10, evictions: 5, ...more };
}

describe('a chat of bench:fleet --live', () => {
  it('tells the simulated Ollama how long its answer is, after what the caller says', () => {
    const body = JSON.parse(chatOf({ ...arrival, outputTokens: 42 }, { model: 'a', messages: [{ role: 'user', content: 'hello' }] }));
    expect(body).to.deep.include({ model: 'a', stream: true });
    expect(body.messages[0]).to.deep.equal({ role: 'user', content: 'hello' });
    expect(answerLength(body.messages[1].content)).to.equal(42);
  });

  it('leaves the length to the model where nothing tells it', () => {
    expect(answerLength('hello')).to.equal(undefined);
  });
});

describe('the bars of bench:fleet --live', () => {
  const verdicts = (targets: Record<string, LiveFigures>) => liveBars(targets).map(judge);

  it("are a fifth of HAProxy's loads, and nobody refused", () => {
    const haproxy = { 'HAProxy leastconn': figures({ loads: 50 }) };
    expect(verdicts({ coordinator: figures({}), ...haproxy })).to.deep.equal(['met', 'met']);
    expect(verdicts({ coordinator: figures({ loads: 11 }), ...haproxy })).to.deep.equal(['missed', 'met']);
    expect(verdicts({ coordinator: figures({ refused: 1 }), ...haproxy })).to.deep.equal(['met', 'missed by 5 ×']);
    expect(verdicts({ coordinator: figures({ failed: 1 }), ...haproxy })).to.deep.equal(['met', 'missed by 5 ×']);
  });

  it('say that HAProxy is missing where it is', () => {
    expect(verdicts({ coordinator: figures({}) })).to.deep.equal(['not measured', 'met']);
  });
});
