import { expect } from 'chai';
import type { AskedRequest } from '../../faults/support/asked-request.js';
import { judgeAnswer } from '../../faults/support/asked-request.js';
import { checkHistory, type History } from '../../faults/support/history-checker.js';

const asked = (fields: Partial<AskedRequest> = {}): AskedRequest => ({
  nonce: '1-1',
  url: 'http://replica',
  path: '/api/generate',
  stream: true,
  expectedText: ' a b',
  sentMs: 0,
  firstByteMs: 10,
  endMs: 20,
  chunkMs: [10],
  status: 200,
  agent: 'one',
  retryAfterS: undefined,
  attempts: 1,
  outcome: 'complete',
  detail: '',
  ...fields,
});
const received = (fields = {}) => ({ nonce: '1-1', agent: 'one', startedMs: 5, isContinuation: false, ...fields });
const agent = (fields = {}) => ({ id: 'a', incarnation: 1, status: 'online', in_flight: 0, ...fields });
const replica = (fields = {}) => ({ name: 'first', running: 0, waiting: 0, agents: [agent()], ...fields });
const HISTORY: History = {
  asked: [asked()],
  received: [received()],
  deaths: [],
  replicas: [replica()],
  inFlightAtOllama: { one: 0 },
  mayBeCut: () => false,
};

describe('checkHistory', () => {
  it('finds nothing wrong with a request that ran once', () => expect(checkHistory(HISTORY)).to.deep.equal([]));

  const allowed: readonly [string, Partial<History>][] = [
    ['a second run before the first byte', { received: [received(), received({ startedMs: 8 })] }],
    ['a continuation after the first byte', { received: [received(), received({ startedMs: 15, isContinuation: true })] }],
    ['a cut by a replica that was killed', { asked: [asked({ outcome: 'cut' })], mayBeCut: () => true }],
    [
      'an agent that was sent to before and after it was dead',
      { deaths: [{ agent: 'one', diedMs: 1, detectedWithinMs: 1, revivedMs: 3 }] },
    ],
    [
      'what a stopped agent had in hand to go on when it wakes',
      {
        received: [received({ agent: 'two' }), received({ startedMs: 15 })],
        deaths: [{ agent: 'one', diedMs: 1, detectedWithinMs: 1, revivedMs: 12 }],
      },
    ],
    ['an offline agent whose last count nobody renews', { replicas: [replica({ agents: [agent({ status: 'offline', in_flight: 1 })] })] }],
  ];
  for (const [name, change] of allowed) {
    it(`allows ${name}`, () => expect(checkHistory({ ...HISTORY, ...change })).to.deep.equal([]));
  }

  const violations: readonly [RegExp, Partial<History>][] = [
    [/ended as silent truncation/, { asked: [asked({ outcome: 'silent truncation' })] }],
    [/ended as false done/, { asked: [asked({ outcome: 'false done' })] }],
    [/ended as open/, { asked: [asked({ outcome: 'open' })] }],
    [/ended as cut/, { asked: [asked({ outcome: 'cut' })] }],
    [/5 attempts for 1 requests/, { received: Array.from({ length: 5 }, () => received()) }],
    [/ran from its beginning on two 5 ms after/, { received: [received(), received({ agent: 'two', startedMs: 15 })] }],
    [
      /ran from its beginning on one 5 ms after/,
      {
        asked: [asked({ sentMs: 2 })],
        received: [received({ agent: 'two' }), received({ startedMs: 15 })],
        deaths: [{ agent: 'one', diedMs: 1, detectedWithinMs: 1, revivedMs: 12 }],
      },
    ],
    [/was sent to one 4 ms after its death/, { deaths: [{ agent: 'one', diedMs: 1, detectedWithinMs: 3 }] }],
    [/first rests with 1 running and 2 waiting/, { replicas: [replica({ running: 1, waiting: 2 })] }],
    [/first counts 1 in flight on a/, { replicas: [replica({ agents: [agent({ in_flight: 1 })] })] }],
    [/Ollama of one works on 1/, { inFlightAtOllama: { one: 1 } }],
    [/first lists a twice/, { replicas: [replica({ agents: [agent(), agent()] })] }],
    [
      /a is incarnation 2 at second and 1 at first/,
      { replicas: [replica(), replica({ name: 'second', agents: [agent({ incarnation: 2 })] })] },
    ],
  ];
  for (const [sentence, change] of violations) {
    it(`reports: ${sentence.source}`, () => {
      const problems = checkHistory({ ...HISTORY, ...change });
      expect(problems).to.have.lengthOf(1);
      expect(problems[0]).to.match(sentence);
    });
  }
});

describe('judgeAnswer', () => {
  const cases: readonly [string, number, string, string][] = [
    ['a whole stream', 200, '{"response":" a"}\n{"response":" b"}\n{"response":"","done":true}\n', 'complete'],
    ['a whole answer', 200, '{"response":" a b","done":true}', 'complete'],
    ['a chat', 200, '{"message":{"content":" a b"},"done":false}\n{"message":{"content":""},"done":true}\n', 'complete'],
    ['an error status', 503, '{"error":"busy"}', 'error'],
    ['a stream that ends in an error', 200, '{"response":" a"}\n{"error":"broke off"}\n', 'error'],
    ['a stream without its end', 200, '{"response":" a"}\n{"response":" b"}\n', 'silent truncation'],
    ['nothing', 200, '', 'silent truncation'],
    ['a missing word', 200, '{"response":" a"}\n{"response":"","done":true}\n', 'false done'],
    ['a doubled word', 200, '{"response":" a a b","done":true}', 'false done'],
    ['half a record', 200, '{"response":" a"}\n{"resp', 'malformed'],
    ['a status without an error', 502, '{}', 'malformed'],
  ];
  for (const [name, status, body, outcome] of cases) {
    it(`takes ${name} for ${outcome}`, () =>
      expect(judgeAnswer({ status, body, stream: true, expectedText: ' a b' }).outcome).to.equal(outcome));
  }
});
