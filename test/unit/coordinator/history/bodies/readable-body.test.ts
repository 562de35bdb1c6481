import { expect } from 'chai';
import { OVERLAP, readableBody } from '#coordinator/history/bodies/readable-body.js';

const json = (value: unknown) => readableBody(Buffer.from(JSON.stringify(value)), 'application/json', 100);

describe('readableBody', () => {
  it('is the JSON, without what is no text', () => {
    expect(json({ prompt: 'what is this', images: ['A'.repeat(5000)], n: 1 })).to.deep.equal({
      prompt: 'what is this',
      images: ['[5000 characters without a blank]'],
      n: 1,
    });
  });

  it('reads no further than will be kept, and a little more for what is cut in two', () => {
    const body = json({ first: 'a '.repeat(10_000), second: 'b' }) as { first: string; second: string };
    expect(body.first).to.have.lengthOf(100 + OVERLAP);
    expect(body.second).to.equal('');
    expect((json(new Array(50_000).fill(0.5)) as number[]).length).to.equal(100 + OVERLAP);
  });

  for (const [what, body, type, says] of [
    ['a form with a recording', 'whatever', 'multipart/form-data; boundary=x', '[multipart/form-data, 8 bytes]'],
    ['what is no JSON', '{"a":', 'application/json', '[5 bytes that are no JSON]'],
    ['more than is parsed', ' '.repeat(1_048_577), 'application/json', '[1048577 bytes: too long to be kept]'],
  ] as const)
    it(`says what it was of ${what}`, () => expect(readableBody(Buffer.from(body), type, 100)).to.equal(says));
});
