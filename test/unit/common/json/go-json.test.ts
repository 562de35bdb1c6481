import { goJsonError, parseGoJson } from '@ollama-coordinator/common';
import { expect } from 'chai';

/** Text and what `json.NewDecoder(…).Decode(&v)` says about it, written down from Go 1.26.8. */
const GO_SAYS: readonly (readonly [text: string, error: string | undefined])[] = [
  ['', 'EOF'],
  ['  ', 'EOF'],
  ['{bad', "invalid character 'b' looking for beginning of object key string"],
  ['{"a"', 'unexpected EOF'],
  ['{"a":', 'unexpected EOF'],
  ['{"a":1', 'unexpected EOF'],
  ['{"a":1,', 'unexpected EOF'],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 2}', "invalid character '2' after object key:value pair"],
  ['[1,2', 'unexpected EOF'],
  ['[1 2]', "invalid character '2' after array element"],
  ['[,]', "invalid character ',' looking for beginning of value"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['tru', 'unexpected EOF'],
  ['trux', "invalid character 'x' in literal true (expecting 'e')"],
  ['txue', "invalid character 'x' in literal true (expecting 'r')"],
  ['nulx', "invalid character 'x' in literal null (expecting 'l')"],
  ['falze', "invalid character 'z' in literal false (expecting 's')"],
  ['fxlse', "invalid character 'x' in literal false (expecting 'a')"],
  ['faxse', "invalid character 'x' in literal false (expecting 'l')"],
  ['nxll', "invalid character 'x' in literal null (expecting 'u')"],
  ['nuxl', "invalid character 'x' in literal null (expecting 'l')"],
  ['trxe', "invalid character 'x' in literal true (expecting 'u')"],
  ['falsx', "invalid character 'x' in literal false (expecting 'e')"],
  ['-', 'unexpected EOF'],
  ['-x', "invalid character 'x' in numeric literal"],
  ['01', undefined],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['1.', 'unexpected EOF'],
  ['1e', 'unexpected EOF'],
  ['1ex', "invalid character 'x' in exponent of numeric literal"],
  ['1e+x', "invalid character 'x' in exponent of numeric literal"],
  ['1.5e+', 'unexpected EOF'],
  ['"abc', 'unexpected EOF'],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['"a\\x"', "invalid character 'x' in string escape code"],
  ['"\\u12x4"', "invalid character 'x' in \\u hexadecimal character escape"],
  ['"\\u1', 'unexpected EOF'],
  ['{"model":"x"} trailing', undefined],
  ['}', "invalid character '}' looking for beginning of value"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
  ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
  ['é', "invalid character 'Ã' looking for beginning of value"],
  ['\u0001', "invalid character '\\x01' looking for beginning of value"],
  ['nan', "invalid character 'a' in literal null (expecting 'u')"],
  ['"ok"', undefined],
  ['[1,[2,{"a":[null]}]]', undefined],
  ['[0x1]', "invalid character 'x' after array element"],
  ['{"a":1]', "invalid character ']' after object key:value pair"],
  ['[1}', "invalid character '}' after array element"],
  ['{"a":""}', undefined],
  ['{,}', "invalid character ',' looking for beginning of object key string"],
  ['\\', "invalid character '\\\\' looking for beginning of value"],
  ["'", "invalid character '\\'' looking for beginning of value"],
  ['"', 'unexpected EOF'],
  ['{"a\\q":1}', "invalid character 'q' in string escape code"],
  ['{"a":é}', "invalid character 'Ã' looking for beginning of value"],
  ['{"a":世}', "invalid character 'ä' looking for beginning of value"],
  ['-01', undefined],
  ['1 x', undefined],
  ['12x', undefined],
  ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
  [' ', "invalid character 'â' looking for beginning of value"],
  ['["a" "b"]', "invalid character '\"' after array element"],
];

describe('goJsonError', () => {
  for (const [text, error] of GO_SAYS) {
    it(`says ${error === undefined ? 'nothing' : `"${error}"`} about ${JSON.stringify(text)}`, () => {
      expect(goJsonError(text)).to.equal(error);
    });
  }

  it('gives up at Go’s depth, without running out of stack', () => {
    expect(goJsonError('['.repeat(10_000))).to.equal('unexpected EOF');
    expect(goJsonError('['.repeat(100_000))).to.equal('exceeded max depth');
  });
});

describe('parseGoJson', () => {
  it('ignores what follows the first value', () => {
    expect(parseGoJson(' {"model":"a"} and more')).to.deep.equal({ value: { model: 'a' } });
  });

  it('answers the error of a text that holds no value', () => {
    expect(parseGoJson('{bad')).to.deep.equal({ error: "invalid character 'b' looking for beginning of object key string" });
    expect(parseGoJson('')).to.deep.equal({ error: 'EOF' });
  });

  it('agrees with JSON.parse on what is JSON', () => {
    const value = { a: [1, -2.5e3, 'x\n', null, true], b: { c: {}, d: [] } };
    const text = JSON.stringify(value);
    expect(goJsonError(text)).to.equal(undefined);
    expect(parseGoJson(text)).to.deep.equal({ value });
  });
});
