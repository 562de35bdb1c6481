import { expect } from 'chai';
import fc from 'fast-check';
import { replaceJsonValue } from '#common/json/replace-json-value.js';

const replace = (text: string, path: string[], json: string) => replaceJsonValue(Buffer.from(text), path, json).toString();

describe('replaceJsonValue', () => {
  const table: readonly [string, string[], string, string][] = [
    ['{"model":"a","x":1}', ['model'], '"b"', '{"model":"b","x":1}'],
    [' { "x" : {"model":"a"} ,\n"model" : "a" } ', ['model'], '"b"', ' { "x" : {"model":"a"} ,\n"model" : "b" } '],
    ['{"m\\u006fdel":"a"}', ['model'], '"b"', '{"m\\u006fdel":"b"}'],
    ['{"model":"a","model":"c"}', ['model'], '"b"', '{"model":"b","model":"b"}'],
    ['{"a":"\\"model\\":\\\\","model":null}', ['model'], '"b"', '{"a":"\\"model\\":\\\\","model":"b"}'],
    ['{}', ['model'], '"b"', '{"model":"b"}'],
    ['{"x":1}', ['options', 'num_ctx'], '8192', '{"options":{"num_ctx":8192},"x":1}'],
    ['{"options":{},"x":1}', ['options', 'num_ctx'], '8192', '{"options":{"num_ctx":8192},"x":1}'],
    ['{"options":null}', ['options', 'num_ctx'], '8192', '{"options":{"num_ctx":8192}}'],
    ['{"options":{"seed":1,"num_ctx":4096.0}}', ['options', 'num_ctx'], '8192', '{"options":{"seed":1,"num_ctx":8192}}'],
    ['{"model":"a"} {"model":"z"}', ['model'], '"b"', '{"model":"b"} {"model":"z"}'],
  ];
  for (const [text, path, json, result] of table)
    it(`makes ${text} into ${result}`, () => expect(replace(text, path, json)).to.equal(result));

  it('changes that value and nothing else, whatever the object', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue());
    const spaced = fc.tuple(object, fc.constantFrom(undefined, 1, '\t')).map(([value, indent]) => JSON.stringify(value, null, indent));
    fc.assert(
      fc.property(spaced, fc.string(), fc.jsonValue(), (text, name, value) => {
        const replaced = JSON.parse(replace(text, [name], JSON.stringify(value))) as Record<string, unknown>;
        const expected = JSON.parse(text) as Record<string, unknown>;
        Object.defineProperty(expected, name, {
          value: JSON.parse(JSON.stringify(value)),
          enumerable: true,
          writable: true,
          configurable: true,
        });
        expect(replaced).to.deep.equal(expected);
        expect(Object.keys(replaced).filter((key) => key !== name)).to.deep.equal(Object.keys(expected).filter((key) => key !== name));
      }),
    );
  });

  it('leaves every other byte of a prompt in any script as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (prompt) => {
        const text = JSON.stringify({ prompt, model: 'a', options: { num_ctx: 1, stop: [prompt] } });
        expect(replace(text, ['options', 'num_ctx'], '2')).to.equal(text.replace('"num_ctx":1', '"num_ctx":2'));
      }),
    );
  });
});
