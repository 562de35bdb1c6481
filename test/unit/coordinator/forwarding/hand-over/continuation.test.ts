import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { createContinuation } from '#coordinator/forwarding/hand-over/continuation.js';
import { type Emitted, NOTHING_EMITTED } from '#coordinator/forwarding/hand-over/emitted.js';
import type { StreamShape } from '#coordinator/forwarding/hand-over/stream-shape.js';
import { createManualClock } from '../../../../support/manual-clock.js';

const AT = '2026-11-22T19:11:21.7Z';
const raw = (response: string, more: object = {}) => `${JSON.stringify({ model: 'm', created_at: AT, response, done: false, ...more })}\n`;
const end = (more: object = {}) =>
  raw('', {
    done: true,
    done_reason: 'stop',
    total_duration: 9,
    load_duration: 1_000_000,
    prompt_eval_count: 12,
    prompt_eval_duration: 3,
    eval_count: 4,
    eval_duration: 5,
    ...more,
  });
const SAID: Emitted = { text: ' the sky', tokens: 2, identity: { model: 'm', id: 'c1', created: 7, fingerprint: 'fp' }, state: 'text' };
const HEAD = { status: 200, rawHeaders: [] };

/** A continuation of ` the sky` whose client writes down what it gets; the request came 1 s ago, and 0.25 s of it were streamed. */
function setUp(shape: StreamShape, { emitted = SAID, includeUsage = false } = {}) {
  let written = '';
  const clock = createManualClock();
  const startedMs = clock.monotonic();
  clock.advance(1000);
  const continuation = createContinuation({
    res: {
      write: (text: string) => {
        written += text;
        return true;
      },
    } as unknown as ServerResponse,
    shape,
    emitted,
    identity: { model: 'own', id: 'own', created: 1 },
    includeUsage,
    startedMs,
    streamedMs: 250,
    clock,
  });
  const lines = () =>
    written
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (line === 'data: [DONE]' ? 'DONE' : (JSON.parse(line.replace('data: ', '')) as object)));
  return { continuation, lines, written: () => written, clock };
}

describe('createContinuation', () => {
  const figures = {
    done: true,
    done_reason: 'stop',
    total_duration: 1e9,
    load_duration: 1_000_000,
    prompt_eval_count: 10,
    prompt_eval_duration: 3,
    eval_count: 6,
    eval_duration: 250_000_005,
  };
  const chunk = (choices: object[], more: object = {}) => ({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 7,
    model: 'm',
    system_fingerprint: 'fp',
    choices,
    ...more,
  });
  const piece = (content: string) => chunk([{ index: 0, delta: { content }, finish_reason: null }]);
  const shapes: readonly [StreamShape, boolean, (object | 'DONE')[]][] = [
    [
      'chat',
      false,
      [
        { model: 'm', created_at: AT, message: { role: 'assistant', content: ' was' }, done: false },
        { model: 'm', created_at: AT, message: { role: 'assistant', content: '' }, ...figures },
      ],
    ],
    [
      'generate',
      false,
      [
        { model: 'm', created_at: AT, response: ' was', done: false },
        { model: 'm', created_at: AT, response: '', ...figures },
      ],
    ],
    ['openai', false, [piece(' was'), chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]), 'DONE']],
    [
      'openai',
      true,
      [
        piece(' was'),
        chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
        chunk([], { usage: { prompt_tokens: 10, completion_tokens: 6, total_tokens: 16 } }),
        'DONE',
      ],
    ],
  ];
  for (const [shape, includeUsage, records] of shapes) {
    it(`writes ${shape}${includeUsage ? ' with usage' : ''} from raw records, counts added up`, () => {
      const { continuation, lines } = setUp(shape, { includeUsage });
      const relay = continuation.relay();
      relay.begin(HEAD);
      relay.write(Buffer.from(raw(' was') + raw('') + end()));
      expect(lines()).to.deep.equal(records);
      expect(continuation.figures).to.deep.equal({ loadMs: 1, promptTokens: 10, outputTokens: 6 });
    });
  }

  it('reads records however they are cut, also within a character', () => {
    const { continuation, lines } = setUp('generate');
    const relay = continuation.relay();
    relay.begin(HEAD);
    for (const byte of Buffer.from(raw(' 🌊') + raw(' ⛵'))) relay.write(Buffer.from([byte]));
    expect(lines().map((line) => (line as { response: string }).response)).to.deep.equal([' 🌊', ' ⛵']);
    expect(continuation.emitted).to.include({ text: ' the sky 🌊 ⛵', tokens: 4 });
  });

  it('goes on behind what a second agent said before it went away in the middle of a record', () => {
    const { continuation, lines } = setUp('generate');
    const second = continuation.relay();
    second.begin(HEAD);
    second.write(Buffer.from(`${raw(' was')}{"model":"m","resp`));
    const third = continuation.relay();
    third.begin(HEAD);
    third.write(Buffer.from(raw(' wide') + end({ eval_count: 1, prompt_eval_count: 13 })));
    expect(lines()).to.have.lengthOf(3);
    expect(continuation.emitted.text).to.equal(' the sky was wide');
    expect(continuation.figures).to.deep.equal({ loadMs: 1, promptTokens: 10, outputTokens: 4 });
  });

  for (const [name, status, records] of [
    ['an error record', 200, '{"error":"died"}\n'],
    ['a refusal', 404, '{"error":"not found"}\n'],
    ['thinking', 200, raw('', { thinking: 'hm' })],
    ['no records', 200, 'nonsense\n'],
  ] as const) {
    it(`writes nothing of ${name}, nor of what follows it`, () => {
      const { continuation, written } = setUp('chat');
      const relay = continuation.relay();
      relay.begin({ status, rawHeaders: [] });
      relay.write(Buffer.from(records));
      relay.write(Buffer.from(raw(' was') + end()));
      expect(written()).to.equal('');
      expect(continuation.figures).to.equal(undefined);
    });
  }

  it('tells who speaks where the client has seen no record yet', () => {
    const { continuation, lines } = setUp('openai', { emitted: NOTHING_EMITTED });
    const relay = continuation.relay();
    relay.begin(HEAD);
    relay.write(Buffer.from(raw(' a') + raw(' b')));
    const deltas = lines().map((line) => (line as { id: string; choices: { delta: object }[] }).choices[0]?.delta);
    expect(deltas).to.deep.equal([{ role: 'assistant', content: ' a' }, { content: ' b' }]);
    expect(lines()[0]).to.include({ id: 'own', model: 'own', created: 1 });
  });

  it('ends a stream that has had all its tokens, without a count that nobody told', () => {
    const { continuation, lines } = setUp('chat');
    continuation.endAtLimit();
    expect(lines()).to.have.lengthOf(1);
    expect(lines()[0]).to.include({ done: true, done_reason: 'length', eval_count: 2, eval_duration: 250_000_000 });
    expect(lines()[0]).to.not.have.property('prompt_eval_count');
  });
});
