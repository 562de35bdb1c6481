import { expect } from 'chai';
import { endsWhole, finalFigures } from '#coordinator/forwarding/stream-end.js';

describe('finalFigures', () => {
  const cases: readonly [string, string, object][] = [
    [
      'an Ollama record',
      '{"done":true,"load_duration":254675746,"prompt_eval_count":5,"prompt_eval_duration":2000000,"eval_count":3,"eval_duration":30500000}',
      { loadMs: 254.675746, prefillMs: 2, decodeMs: 30.5, promptTokens: 5, outputTokens: 3 },
    ],
    [
      'an embedding, which has no decode',
      '"total_duration":9,"load_duration":1000000,"prompt_eval_count":5}',
      { loadMs: 1, promptTokens: 5 },
    ],
    ['an OpenAI usage', '"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}}', { promptTokens: 5, outputTokens: 3 }],
    [
      'Anthropic events, the last count of each',
      '"usage":{"input_tokens":2,"output_tokens":0}} … "usage":{"input_tokens":5,"output_tokens":3}}',
      { promptTokens: 5, outputTokens: 3 },
    ],
    ['a stream without figures', 'data: [DONE]', {}],
  ];
  for (const [name, tail, figures] of cases) {
    it(`reads ${name}`, () => {
      expect(finalFigures(tail)).to.deep.equal(figures);
    });
  }
});

describe('endsWhole', () => {
  const cases: readonly [string, boolean][] = [
    ['{"done":false}\n{"response":"","done":true}\n', true],
    ['data: {}\n\ndata: [DONE]\n\n', true],
    ['event: message_stop\ndata: {"type":"message_stop"}\n\n', true],
    ['{"done":false}\n{"error":"the runner died"}\n', false],
    ['data: {"choices":[],"model":""}\n\n', false],
  ];
  for (const [tail, whole] of cases) {
    it(`${whole ? 'takes' : 'does not take'} ${JSON.stringify(tail)} for a whole answer`, () => {
      expect(endsWhole(tail)).to.equal(whole);
    });
  }
});
