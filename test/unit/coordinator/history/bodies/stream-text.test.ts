import { expect } from 'chai';
import { StreamText } from '#coordinator/history/bodies/stream-text.js';

const read = (chunks: readonly string[], most = 1000) => {
  const stream = new StreamText(most);
  for (const chunk of chunks) stream.add(Buffer.from(chunk));
  return stream.text();
};

describe('StreamText', () => {
  for (const [api, records, text] of [
    ['/api/generate', ['{"response":"He"}\n{"response":"llo"}\n', '{"response":"","done":true}\n'], 'Hello'],
    ['/api/chat', ['{"message":{"content":"He"}}\n', '{"message":{"content":"llo"}}\n'], 'Hello'],
    [
      '/v1/chat/completions',
      ['data: {"choices":[{"delta":{"content":"He"}}]}\n\n', 'data: {"choices":[{"delta":{"content":"llo"}}]}\n\ndata: [DONE]\n\n'],
      'Hello',
    ],
    ['/v1/completions', ['data: {"choices":[{"text":"Hello"}]}\n\n'], 'Hello'],
    ['/v1/messages', ['event: content_block_delta\ndata: {"delta":{"type":"text_delta","text":"Hello"}}\n\n'], 'Hello'],
    ['/v1/responses', ['event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"Hello"}\n\n'], 'Hello'],
    ['an error in the stream', ['{"response":"He"}\n{"error":"gone"}\n'], 'He\n"gone"'],
    ['a tool call', ['{"message":{"content":"","tool_calls":[{"function":{"name":"add"}}]}}\n'], '[{"function":{"name":"add"}}]'],
  ] as const)
    it(`reads ${api}`, () => expect(read(records)).to.equal(text));

  it('joins a record that came in pieces, and the last one without a line break', () => {
    expect(read(['{"resp', 'onse":"He"}\n{"response":', '"llo"}'])).to.equal('Hello');
  });

  it('keeps no more than it may, and none of a record without end', () => {
    expect(read(['{"response":"Hello"}\n'], 3)).to.equal('Hel');
    expect(read([`{"response":"${'x'.repeat(70_000)}`, '"}\n{"response":"ok"}\n'])).to.equal('ok');
  });
});
