import { expect } from 'chai';
import {
  continuationRequest,
  rawPrompt,
  readRendered,
  renderRequest,
  tokensLeft,
  wantsUsage,
} from '#coordinator/forwarding/hand-over/continuation-request.js';
import { NOTHING_EMITTED } from '#coordinator/forwarding/hand-over/emitted.js';
import type { StreamShape } from '#coordinator/forwarding/hand-over/stream-shape.js';

type Fields = Record<string, unknown>;
const bodyOf = ({ body }: { readonly body: Buffer }) => JSON.parse(body.toString()) as Fields;
const messages = [{ role: 'user', content: 'a' }];
const emitted = { ...NOTHING_EMITTED, text: ' the sky', tokens: 2 };

describe('renderRequest', () => {
  it('asks for the same, rendered only, of chat and generate', () => {
    const chat = { model: 'm', messages, options: { num_ctx: 8192 }, think: false };
    expect(renderRequest('chat', chat).path).to.equal('/api/chat');
    expect(bodyOf(renderRequest('chat', chat))).to.deep.equal({ ...chat, stream: false, _debug_render_only: true });
    const generate = { model: 'm', prompt: 'a', system: 's' };
    expect(renderRequest('generate', generate).path).to.equal('/api/generate');
    expect(bodyOf(renderRequest('generate', generate))).to.deep.equal({ ...generate, stream: false, _debug_render_only: true });
  });

  it('turns a /v1 request into the chat that Ollama makes of it', () => {
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    const request = renderRequest('openai', {
      model: 'm',
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: parts },
      ],
      max_tokens: 9,
      user: 'x',
    });
    expect(request.path).to.equal('/api/chat');
    expect(bodyOf(request)).to.deep.equal({
      model: 'm',
      messages: [
        { role: 'system', content: 's' },
        { role: 'user', content: 'a' },
        { role: 'user', content: 'b' },
      ],
      options: { num_predict: 9, temperature: 1, top_p: 1 },
      stream: false,
      _debug_render_only: true,
    });
  });
});

describe('readRendered', () => {
  const cases: readonly [string, string | undefined][] = [
    ['{"model":"m","done":false,"_debug_info":{"rendered_template":"<|user|>a"}}', '<|user|>a'],
    ['{"model":"m","response":"an answer","done":true}', undefined],
    ['{"_debug_info":{"rendered_template":""}}', undefined],
    ['null', undefined],
    ['{"_debug', undefined],
  ];
  for (const [answer, prompt] of cases) {
    it(`reads ${prompt === undefined ? 'no prompt' : 'the prompt'} in ${answer}`, () => {
      expect(readRendered(Buffer.from(answer))).to.equal(prompt);
    });
  }
});

describe('rawPrompt', () => {
  it('is the prompt of a raw generate, and of nothing else', () => {
    expect(rawPrompt('generate', { prompt: 'a', raw: true })).to.equal('a');
    expect(rawPrompt('generate', { prompt: 'a' })).to.equal(undefined);
    expect(rawPrompt('chat', { prompt: 'a', raw: true })).to.equal(undefined);
  });
});

describe('tokensLeft', () => {
  const cases: readonly [StreamShape, Fields, number | undefined][] = [
    ['chat', { options: { num_predict: 10 } }, 8],
    ['chat', { options: { num_predict: 2 } }, 0],
    ['chat', { options: { num_predict: 1 } }, 0],
    ['chat', { options: { num_predict: -1 } }, undefined],
    ['chat', { options: { num_predict: 0 } }, undefined],
    ['chat', {}, undefined],
    ['generate', { options: null }, undefined],
    ['openai', { max_tokens: 10 }, 8],
    ['openai', { max_tokens: 10, max_completion_tokens: 5 }, 3],
    ['openai', { options: { num_predict: 10 } }, undefined],
  ];
  for (const [shape, fields, left] of cases) {
    it(`is ${left} for ${shape} ${JSON.stringify(fields)} after 2 tokens`, () => {
      expect(tokensLeft(shape, fields, emitted)).to.equal(left);
    });
  }
});

describe('continuationRequest', () => {
  it('goes on raw behind the text, with the same options, for as long, with what is left', () => {
    const fields = {
      model: 'm',
      messages,
      stream: true,
      keep_alive: '9m',
      truncate: false,
      options: { seed: 1, num_ctx: 8192, num_predict: 10 },
    };
    const request = continuationRequest('chat', fields, '<|user|>a', emitted);
    expect(request.path).to.equal('/api/generate');
    expect(bodyOf(request)).to.deep.equal({
      model: 'm',
      keep_alive: '9m',
      truncate: false,
      prompt: '<|user|>a the sky',
      raw: true,
      stream: true,
      think: false,
      options: { seed: 1, num_ctx: 8192, num_predict: 8 },
    });
  });

  it('translates the options of /v1 as Ollama does', () => {
    const fields = { model: 'm', messages, stop: 'x', temperature: 0, seed: 4, presence_penalty: 0.5, frequency_penalty: null };
    expect(bodyOf(continuationRequest('openai', fields, 'p', NOTHING_EMITTED)).options).to.deep.equal({
      stop: ['x'],
      temperature: 0,
      top_p: 1,
      seed: 4,
      presence_penalty: 0.5,
    });
  });
});

describe('wantsUsage', () => {
  it('follows stream_options', () => {
    expect(wantsUsage({ stream_options: { include_usage: true } })).to.equal(true);
    expect(wantsUsage({ stream_options: null })).to.equal(false);
    expect(wantsUsage({})).to.equal(false);
  });
});
