import { expect } from 'chai';
import { SentBytes } from '#coordinator/forwarding/sent-bytes.js';

const SIZES = [1, 7, 110, 1000, 3000, 65_000, 200_000];

function send(bytes: SentBytes, text: string, size: number): void {
  for (let at = 0; at < text.length; at += size) bytes.add(Buffer.from(text.slice(at, at + size)));
}

describe('SentBytes', () => {
  const text = `${Array.from({ length: 20_000 }, (_, index) => `record ${index}\n`).join('')}{"done":true}`;

  it('keeps the end of an answer, however it was cut into chunks', () => {
    for (const size of SIZES) {
      const bytes = new SentBytes(undefined);
      send(bytes, text, size);
      expect(bytes.tail(), `in chunks of ${size}`).to.equal(text.slice(-2048));
    }
  });

  it('keeps all of a short answer', () => {
    const bytes = new SentBytes(undefined);
    expect(bytes.tail()).to.equal('');
    bytes.add(Buffer.from('{}'));
    expect(bytes.tail()).to.equal('{}');
  });

  it('hands over every byte once and in order, in pieces of at most 64 KiB', () => {
    for (const size of SIZES) {
      const pieces: string[] = [];
      const bytes = new SentBytes((records) => pieces.push(records.toString()));
      send(bytes, text, size);
      bytes.flush();
      bytes.flush();
      expect(pieces.join('') === text, `in chunks of ${size}`).to.equal(true);
      expect(Math.max(...pieces.map((piece) => piece.length))).to.be.at.most(Math.max(65_536, size));
      expect(bytes.tail()).to.equal(text.slice(-2048));
    }
  });

  it('cuts pieces between chunks only', () => {
    const chunk = `${'x'.repeat(99)}\n`;
    const pieces: string[] = [];
    const bytes = new SentBytes((records) => pieces.push(records.toString()));
    for (let count = 0; count < 3000; count += 1) bytes.add(Buffer.from(chunk));
    expect(pieces).to.have.lengthOf.above(2);
    for (const piece of pieces) expect(piece.length % 100).to.equal(0);
  });
});
