import { expect } from 'chai';
import { canHandOver, rendersPrompts } from '#coordinator/forwarding/hand-over/can-hand-over.js';
import { type StreamShape, streamShape } from '#coordinator/forwarding/hand-over/stream-shape.js';

const messages = [
  { role: 'system', content: 'be brief' },
  { role: 'user', content: 'hello' },
];

describe('canHandOver', () => {
  const may: readonly [StreamShape, object][] = [
    ['chat', { messages }],
    ['chat', { messages, options: { seed: 1, temperature: 0, num_predict: 5 }, keep_alive: -1 }],
    ['chat', { messages, tools: [], format: '', think: false, logprobs: false }],
    ['chat', { messages: [{ role: 'user', content: 'a', images: [] }] }],
    ['generate', { prompt: 'hello' }],
    ['generate', { prompt: 'hello', system: 's', template: '{{ .Prompt }}' }],
    ['generate', { prompt: 'hello', raw: true }],
    ['openai', { messages }],
    ['openai', { messages, n: 1, response_format: { type: 'text' }, stream_options: { include_usage: true } }],
    ['openai', { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }] }],
  ];
  for (const [shape, fields] of may) {
    it(`says yes to ${shape} ${JSON.stringify(fields)}`, () => {
      expect(canHandOver(shape, fields as Record<string, unknown>)).to.equal(true);
    });
  }

  const tool = { type: 'function', function: { name: 'f' } };
  const mayNot: readonly [StreamShape, object][] = [
    ['chat', {}],
    ['chat', { messages: [] }],
    ['chat', { messages: 'hello' }],
    ['chat', { messages, tools: [tool] }],
    ['chat', { messages, think: true }],
    ['chat', { messages, think: 'high' }],
    ['chat', { messages, format: 'json' }],
    ['chat', { messages, format: { type: 'object' } }],
    ['chat', { messages, logprobs: true }],
    ['chat', { messages, top_logprobs: 3 }],
    ['chat', { messages, _debug_render_only: true }],
    ['chat', { messages: [{ role: 'user', content: 'a', images: ['aGk='] }] }],
    ['chat', { messages: [{ role: 'tool', content: 'a' }] }],
    ['chat', { messages: [{ role: 'assistant', content: '', tool_calls: [tool] }] }],
    ['chat', { messages: [{ role: 'assistant', content: 'a', thinking: 'b' }] }],
    ['chat', { messages: [null] }],
    ['chat', { messages: [{ role: 'user' }] }],
    ['generate', {}],
    ['generate', { prompt: '' }],
    ['generate', { prompt: 'a', suffix: 'b' }],
    ['generate', { prompt: 'a', context: [1] }],
    ['generate', { prompt: 'a', images: ['aGk='] }],
    ['generate', { prompt: 'a', format: 'json' }],
    ['generate', { prompt: 'a', think: true }],
    ['generate', { prompt: 'a', logprobs: true }],
    ['openai', { messages, tools: [tool] }],
    ['openai', { messages, n: 2 }],
    ['openai', { messages, response_format: { type: 'json_object' } }],
    ['openai', { messages, response_format: { type: 'json_schema', json_schema: {} } }],
    ['openai', { messages, reasoning_effort: 'low' }],
    ['openai', { messages, reasoning: { effort: 'low' } }],
    ['openai', { messages, logprobs: true }],
    ['openai', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] }],
    ['openai', { messages: [{ role: 'assistant', content: null, tool_calls: [tool] }] }],
    ['openai', { messages: [{ role: 'tool', content: 'a', tool_call_id: 'c' }] }],
  ];
  for (const [shape, fields] of mayNot) {
    it(`says no to ${shape} ${JSON.stringify(fields)}`, () => {
      expect(canHandOver(shape, fields as Record<string, unknown>)).to.equal(false);
    });
  }
});

describe('streamShape', () => {
  const cases: readonly [string, StreamShape | undefined][] = [
    ['/api/chat', 'chat'],
    ['/api/generate', 'generate'],
    ['/v1/chat/completions', 'openai'],
    ['/v1/completions', undefined],
    ['/v1/messages', undefined],
    ['/v1/responses', undefined],
    ['/api/embed', undefined],
  ];
  for (const [path, shape] of cases) {
    it(`says ${shape} of ${path}`, () => {
      expect(streamShape(path)).to.equal(shape);
    });
  }
});

describe('rendersPrompts', () => {
  const cases: readonly [string, boolean][] = [
    ['0.11.11', true],
    ['0.11.12', true],
    ['0.12.0', true],
    ['0.32.15', true],
    ['1.0.0', true],
    ['v0.13.1-rc0', true],
    ['0.11.10', false],
    ['0.11.4', false],
    ['0.9.99', false],
    ['0.0.0', false],
    ['', false],
    ['unknown', false],
  ];
  for (const [version, renders] of cases) {
    it(`says ${renders} of ${version === '' ? 'no version' : version}`, () => {
      expect(rendersPrompts(version)).to.equal(renders);
    });
  }
});
