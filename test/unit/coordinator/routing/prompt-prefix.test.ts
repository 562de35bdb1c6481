import { expect } from 'chai';
import fc from 'fast-check';
import { promptPrefix } from '#coordinator/routing/prompt-prefix.js';

const turn = (role: string, length: number, word: string) => ({ role, content: `${word} `.repeat(length / (word.length + 1)) });
const body = (...messages: object[]) => Buffer.from(JSON.stringify({ model: 'm', messages, stream: true }));
const prefixOf = (...messages: object[]) => promptPrefix(body(...messages));

/** How many leading hashes two prompts share. */
function shared(one: readonly string[], other: readonly string[]): number {
  const differs = one.findIndex((hash, index) => hash !== other[index]);
  return differs < 0 ? one.length : differs;
}

describe('promptPrefix', () => {
  const first = turn('user', 3000, 'question');
  const answer = turn('assistant', 2000, 'answer');

  it('is the same for the same beginning, as far as whole blocks go', () => {
    const before = prefixOf(first);
    const after = prefixOf(first, answer, turn('user', 800, 'more'));
    const same = shared(before.hashes, after.hashes);
    expect(after.endBytes[same - 1]).to.be.within(2500, 3100);
    expect(after.hashes.length).to.be.greaterThan(same + 5);
  });

  it('differs from the first block on where the prompts do', () => {
    expect(shared(prefixOf(first).hashes, prefixOf(turn('user', 3000, 'quezzion')).hashes)).to.equal(0);
  });

  it('leaves out what stands before the prompt', () => {
    const text = 'x'.repeat(2000);
    const long = promptPrefix(Buffer.from(JSON.stringify({ model: 'another:70b', options: { num_ctx: 8192 }, prompt: text })));
    const short = promptPrefix(Buffer.from(JSON.stringify({ model: 'm', prompt: text })));
    expect(shared(long.hashes, short.hashes)).to.equal(short.hashes.length).and.greaterThan(5);
  });

  it('has nothing for a short prompt, and none for what has no prompt', () => {
    expect(prefixOf(turn('user', 50, 'hi')).hashes).to.deep.equal([]);
    expect(promptPrefix(Buffer.from(`{"model":"${'m'.repeat(3000)}"}`)).hashes).to.deep.equal([]);
  });

  it('looks at 64 KiB of a long one', () => {
    const { hashes, endBytes } = promptPrefix(body(turn('user', 1_000_000, 'long')));
    expect(hashes.length).to.be.within(30, 64);
    expect(endBytes.at(-1)).to.be.below(66_000);
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000, size: 'max' }), (bytes) => {
        const { hashes, endBytes } = promptPrefix(Buffer.concat([Buffer.from('"prompt"'), bytes]));
        expect(hashes.length).to.equal(endBytes.length);
        for (const end of endBytes) expect(end).to.be.at.most(bytes.length + 8);
      }),
    );
  });
});
