import { expect } from 'chai';
import { createRedact } from '#coordinator/history/bodies/redact.js';

const ABOUT = { id: 'q1', model: 'tiny', caller: 'local', part: 'request' } as const;

describe('createRedact', () => {
  it('takes out of every text what a rule matches, and counts the places', async () => {
    const redact = createRedact([/[\w.]+@[\w.]+/gu, /sk-\w+/gu]);
    const asked = { model: 'tiny', messages: [{ role: 'user', content: 'a@b.example and c@d.example, key sk-123' }], n: 3, none: null };
    expect(await redact(asked, ABOUT)).to.deep.equal({
      value: { model: 'tiny', messages: [{ role: 'user', content: '[redacted] and [redacted], key [redacted]' }], n: 3, none: null },
      redactions: 3,
    });
  });

  it('finds what JSON would have written as an escape', async () => {
    const { value } = await createRedact([/a@b/gu])(JSON.parse('{"content":"a\\u0040b"}'), ABOUT);
    expect(value).to.deep.equal({ content: '[redacted]' });
  });

  it('gives the module what the rules left, and keeps what it says', async () => {
    const given: unknown[] = [];
    const redact = createRedact([/secret/gu], async (text, about) => {
      given.push([text, about.part]);
      return text.toUpperCase();
    });
    expect(await redact(['a secret'], { ...ABOUT, part: 'answer' })).to.deep.equal({ value: ['A [REDACTED]'], redactions: 2 });
    expect(given).to.deep.equal([['a [redacted]', 'answer']]);
  });

  it('fails with the module, so that nothing is kept', async () => {
    const failure = new Error('no');
    const redact = createRedact([], () => Promise.reject(failure));
    expect(await redact('x', ABOUT).catch((error: unknown) => error)).to.equal(failure);
  });
});
