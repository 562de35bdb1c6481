import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';
import { PassOn } from '#coordinator/forwarding/pass-on.js';

/** A relay whose client writes down each piece it gets. */
function setUp(contentType: string, status = 200) {
  const pieces: string[] = [];
  let ended = false;
  let records = '';
  const res = {
    writeHead: () => res,
    write: (chunk: Buffer) => {
      pieces.push(chunk.toString('latin1'));
      return true;
    },
    end: () => {
      ended = true;
    },
  };
  const relay = new PassOn({
    res: res as unknown as ServerResponse,
    answerHeaders: {},
    onRecords: (bytes) => {
      records += bytes.toString('latin1');
    },
  });
  relay.begin({ status, rawHeaders: ['Content-Type', contentType] });
  return { relay, pieces, isEnded: () => ended, records: () => records };
}

const STREAMS = [
  ['application/x-ndjson', '\n'],
  ['text/event-stream', '\n\n'],
] as const;

describe('PassOn', () => {
  for (const [contentType, separator] of STREAMS) {
    it(`lets only whole records of ${contentType} out, and every byte once`, () => {
      const record = fc.stringMatching(/^[a-z]{1,12}$/).map((text) => text + separator);
      fc.assert(
        fc.property(fc.array(record), fc.stringMatching(/^[a-z]{0,5}$/), fc.array(fc.nat(40)), (whole, rest, cuts) => {
          const text = whole.join('') + rest;
          const { relay, pieces, records } = setUp(contentType);
          let at = 0;
          for (const cut of [...cuts, text.length]) {
            if (cut > 0 && at < text.length) relay.write(Buffer.from(text.slice(at, at + cut)));
            at += cut;
          }
          expect(pieces.join('')).to.equal(whole.join(''));
          for (const piece of pieces) expect(piece.endsWith(separator)).to.equal(true);
          expect(relay.flushRecords()).to.equal(true);
          expect(records()).to.equal(whole.join(''));
          relay.end();
          expect(pieces.join('')).to.equal(text);
        }),
      );
    });
  }

  it('passes a chunk that is a record on as it is', () => {
    const { relay, pieces } = setUp('application/x-ndjson');
    relay.write(Buffer.from('{"a":1}\n'));
    expect(pieces).to.deep.equal(['{"a":1}\n']);
  });

  it('holds nothing of an answer that is no stream', () => {
    const { relay, pieces, isEnded } = setUp('application/json');
    relay.write(Buffer.from('{"a":'));
    relay.write(Buffer.from('1}'));
    relay.end();
    expect(pieces).to.deep.equal(['{"a":', '1}']);
    expect(isEnded()).to.equal(true);
    expect(relay.tail()).to.equal('{"a":1}');
  });

  it('does not hold back a record beyond 64 KiB, and says that it may be torn', () => {
    const { relay, pieces } = setUp('application/x-ndjson');
    for (let count = 0; count < 20; count += 1) relay.write(Buffer.alloc(10_000, 'x'));
    expect(pieces.join('')).to.have.lengthOf(200_000);
    expect(relay.flushRecords()).to.equal(false);
  });
});
