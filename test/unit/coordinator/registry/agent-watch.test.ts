import { expect } from 'chai';
import fc from 'fast-check';
import { createLineReader, parseRecord } from '#coordinator/registry/agent-watch.js';

describe('createLineReader', () => {
  it('gives the same lines however the bytes are cut, pings left out', () => {
    const line = fc.constantFrom('{"type":"ping"}', '{"type":"leaving"}', '{"ü":"…"}', 'x');
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat({ max: 40 })), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const read: string[] = [];
        const readChunk = createLineReader((text) => read.push(text));
        let start = 0;
        for (const length of [...cuts, bytes.length]) {
          readChunk(bytes.subarray(start, start + length));
          start += length;
        }
        expect(read).to.deep.equal(lines.filter((text) => text !== '{"type":"ping"}'));
      }),
    );
  });

  it('refuses a line without an end', () => {
    const readChunk = createLineReader(() => {});
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    const answers = [1, 2, 3, 4, 5].map(() => readChunk(megabyte));
    expect(answers).to.deep.equal([true, true, true, true, false]);
  });
});

describe('parseRecord', () => {
  it('passes over a type that it does not know, as a newer agent may send', () => {
    expect(parseRecord('{"type":"weather"}')).to.deep.equal({ type: 'ping' });
  });
  for (const line of ['', 'x', 'null', '[]', '{"type":"state"}', '{"type":"grant","grant_id":7}', '{}']) {
    it(`refuses ${line || 'an empty line'}`, () => expect(parseRecord(line)).to.equal(undefined));
  }
});
