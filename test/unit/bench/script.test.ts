import { expect } from 'chai';
import { formatPrompt, formatRequest, formatStream, parsePrompt } from '../../bench/forward/script.js';

const script = { tag: '00000042', records: 3, paceMs: 7 };

describe('the script of a benchmark request', () => {
  it('survives the prompt', () => expect(parsePrompt(formatPrompt(script))).to.deep.equal(script));
  it('is the whole prompt of the request', () => {
    expect(JSON.parse(formatRequest(script, true))).to.deep.include({
      stream: true,
      messages: [{ role: 'user', content: '00000042 3 7' }],
    });
  });
  it('makes a stream of that many records, each with its tag or figures, of which the last is done', () => {
    const records = formatStream(script)
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { done: boolean; message: { content: string } });
    expect(records.map(({ done }) => done)).to.deep.equal([false, false, true]);
    expect(records.map(({ message }) => message.content)).to.deep.equal([' 00000042-00000', ' 00000042-00001', '']);
  });
});
