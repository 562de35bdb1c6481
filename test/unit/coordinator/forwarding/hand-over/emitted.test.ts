import { expect } from 'chai';
import { addText, NOTHING_EMITTED, readEmitted, TEXT_LIMIT } from '#coordinator/forwarding/hand-over/emitted.js';
import type { StreamShape } from '#coordinator/forwarding/hand-over/stream-shape.js';

const chat = (content: string, more: object = {}) =>
  `${JSON.stringify({ model: 'm', message: { role: 'assistant', content }, done: false, ...more })}\n`;
const generate = (response: string, more: object = {}) => `${JSON.stringify({ model: 'm', response, done: false, ...more })}\n`;
const chunk = (delta: object, finish: string | null = null, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'c1', created: 7, model: 'm', system_fingerprint: 'fp', choices: [{ index: 0, delta, finish_reason: finish }], ...more })}\n\n`;

describe('readEmitted', () => {
  const said: readonly [string, StreamShape, string, object][] = [
    ['nothing', 'chat', '', { text: '', tokens: 0, identity: undefined, state: 'text' }],
    ['a chat', 'chat', chat(' the') + chat(' sky'), { text: ' the sky', tokens: 2, identity: { model: 'm' }, state: 'text' }],
    ['a generate', 'generate', generate(' the') + generate(' 🌊'), { text: ' the 🌊', tokens: 2, identity: { model: 'm' }, state: 'text' }],
    [
      'a /v1 stream',
      'openai',
      chunk({ role: 'assistant', content: ' the' }) + chunk({ content: ' sky' }),
      { text: ' the sky', tokens: 2, identity: { id: 'c1', created: 7, model: 'm', fingerprint: 'fp' }, state: 'text' },
    ],
    ['a role without text', 'openai', chunk({ role: 'assistant', content: '' }) + chunk({ content: 'a' }), { text: 'a', tokens: 1 }],
    ['records without text', 'chat', chat('') + chat('a') + chat(''), { text: 'a', tokens: 1, state: 'text' }],
  ];
  for (const [name, shape, records, emitted] of said) {
    it(`reads ${name}`, () => {
      expect(readEmitted(NOTHING_EMITTED, records, shape))
        .to.include.all.keys('text', 'tokens', 'identity', 'state')
        .and.to.deep.include(emitted);
    });
  }

  const states: readonly [string, StreamShape, string, string][] = [
    ['a last record', 'chat', chat('a') + chat('', { done: true }), 'ended'],
    ['a last record of generate', 'generate', generate('', { done: true }), 'ended'],
    ['[DONE]', 'openai', `${chunk({}, 'stop')}${chunk({}, null, { choices: [] })}data: [DONE]\n\n`, 'ended'],
    ['a finish without [DONE]', 'openai', chunk({}, 'stop'), 'closed'],
    ['thinking', 'chat', chat('', { message: { role: 'assistant', content: '', thinking: 'hm' } }), 'closed'],
    ['thinking of generate', 'generate', generate('', { thinking: 'hm' }), 'closed'],
    ['reasoning', 'openai', chunk({ content: '', reasoning: 'hm' }), 'closed'],
    ['a tool call', 'chat', chat('', { message: { role: 'assistant', content: '', tool_calls: [{}] } }), 'closed'],
    ['a tool call of /v1', 'openai', chunk({ tool_calls: [{}] }), 'closed'],
    ['logprobs', 'chat', chat('a', { logprobs: [{}] }), 'closed'],
    ['an error record', 'chat', '{"error":"died"}\n', 'closed'],
    ['the record of a dead runner', 'openai', chunk({ role: 'assistant', content: '' }, null, { model: '' }), 'closed'],
    ['an error of /v1', 'openai', 'data: {"error":{"message":"died"}}\n\n', 'closed'],
    ['a torn record', 'chat', '{"model":"m","mess\n', 'closed'],
    ['another kind of event', 'openai', 'event: ping\n\n', 'closed'],
    ['more text than is kept', 'generate', generate('x'.repeat(TEXT_LIMIT + 1)), 'closed'],
  ];
  for (const [name, shape, records, state] of states) {
    it(`takes a stream with ${name} for ${state}`, () => {
      expect(readEmitted(NOTHING_EMITTED, records, shape)).to.include({ state, text: '' });
    });
  }

  it('goes on where it was, however the records are cut into pieces', () => {
    const records = [chat('a'), chat('b'), chat('c')];
    const atOnce = readEmitted(NOTHING_EMITTED, records.join(''), 'chat');
    expect(records.reduce((before, record) => readEmitted(before, record, 'chat'), NOTHING_EMITTED)).to.deep.equal(atOnce);
  });

  it('stays closed whatever follows', () => {
    const closed = readEmitted(NOTHING_EMITTED, '{"error":"died"}\n', 'chat');
    expect(readEmitted(closed, chat('a'), 'chat')).to.include({ state: 'closed', text: '' });
  });
});

describe('addText', () => {
  it('closes the stream beyond the limit', () => {
    const full = addText(NOTHING_EMITTED, 'x'.repeat(TEXT_LIMIT));
    expect(full).to.include({ state: 'text', tokens: 1 });
    expect(addText(full, 'y')).to.include({ state: 'closed', text: '', tokens: 2 });
  });
});
