import { expect } from 'chai';
import fc from 'fast-check';
import { multipartFields } from '#coordinator/routing/multipart-fields.js';

async function formBytes(form: FormData): Promise<{ body: Buffer; type: string }> {
  const response = new Response(form);
  return { body: Buffer.from(await response.arrayBuffer()), type: response.headers.get('content-type') ?? '' };
}

describe('multipartFields', () => {
  it('reads the fields of a form that a client sends, and passes its file over', async () => {
    const form = new FormData();
    form.append('file', new Blob([Buffer.alloc(100_000, '\r\n--')]), 'speech.wav');
    form.append('model', 'whisper:large');
    form.append('prompt', 'über\r\nzwei Zeilen');
    form.append('model', 'second');
    const { body, type } = await formBytes(form);
    expect({ ...multipartFields(body, type) }).to.deep.equal({ model: 'whisper:large', prompt: 'über\r\nzwei Zeilen' });
  });

  it('takes a quoted boundary, and a preamble', () => {
    const body = Buffer.from('hello\r\n--a b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--a b--\r\n');
    expect({ ...multipartFields(body, 'multipart/form-data; boundary="a b"') }).to.deep.equal({ model: 'm' });
  });

  for (const [what, body, type] of [
    ['JSON', '{}', 'application/json'],
    ['no content type', '', ''],
    ['no boundary', '--x--', 'multipart/form-data'],
    ['a body without its boundary', 'hello', 'multipart/form-data; boundary=x'],
    ['a body that breaks off', '--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nm', 'multipart/form-data; boundary=x'],
  ] as const)
    it(`takes ${what} for no form`, () => expect(multipartFields(Buffer.from(body), type)).to.equal(undefined));

  it('reads back any fields, and never throws on any bytes', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((value) => value.replace(/\r\n|\r|\n/g, ' '));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), text, { maxKeys: 6 }), async (fields) => {
        const form = new FormData();
        for (const [name, value] of Object.entries(fields)) form.append(name, value);
        form.append('file', new Blob(['x']), 'f');
        const { body, type } = await formBytes(form);
        expect({ ...multipartFields(body, type) }).to.deep.equal(fields);
        multipartFields(body.subarray(0, body.length / 2), type);
      }),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.string(),
        (bytes, type) => void multipartFields(Buffer.from(bytes), `multipart/form-data; boundary=${type}`),
      ),
    );
  });
});
