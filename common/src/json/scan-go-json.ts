export type ScannedJson = { readonly start: number; readonly end: number } | { readonly error: string };

/** The nesting at which Go's decoder gives up. */
const MAX_DEPTH = 10_000;

const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };

class Refused extends Error {}

/** Where the first JSON value of a text lies, or Go's sentence about why there is none. */
export function scanGoJson(text: string): ScannedJson {
  const start = skipSpace(text, 0);
  if (start === text.length) return { error: 'EOF' };
  try {
    return { start, end: scanValue(text, start) };
  } catch (error) {
    if (error instanceof Refused) return { error: error.message };
    throw error;
  }
}

/** Walks one value, without recursion: the depth is the client's choice. */
function scanValue(text: string, start: number): number {
  const closers: ('}' | ']')[] = [];
  let at = start;
  for (;;) {
    at = scanOpenings(text, at, closers);
    // One value ended before `at`: close what ends with it, then go on to the value after the comma.
    for (;;) {
      const closer = closers.at(-1);
      if (closer === undefined) return at;
      at = skipSpace(text, at);
      const next = charAt(text, at);
      at += 1;
      if (next === closer) closers.pop();
      else if (next !== ',') throw refuse(next, closer === '}' ? 'after object key:value pair' : 'after array element');
      else {
        at = closer === '}' ? scanKey(text, skipSpace(text, at)) : skipSpace(text, at);
        break;
      }
    }
  }
}

/** Goes into objects and arrays until a value ended: a scalar, or an empty object or array. Answers the place after it. */
function scanOpenings(text: string, start: number, closers: ('}' | ']')[]): number {
  let at = start;
  for (;;) {
    const first = charAt(text, at);
    if (first !== '{' && first !== '[') return scanScalar(text, at);
    if (closers.length >= MAX_DEPTH) throw new Refused('exceeded max depth');
    const closer = first === '{' ? '}' : ']';
    at = skipSpace(text, at + 1);
    if (charAt(text, at) === closer) return at + 1;
    closers.push(closer);
    if (first === '{') at = scanKey(text, at);
  }
}

function scanKey(text: string, start: number): number {
  if (charAt(text, start) !== '"') throw refuse(charAt(text, start), 'looking for beginning of object key string');
  const colon = skipSpace(text, scanString(text, start));
  if (charAt(text, colon) !== ':') throw refuse(charAt(text, colon), 'after object key');
  return skipSpace(text, colon + 1);
}

function scanScalar(text: string, start: number): number {
  const first = charAt(text, start);
  if (first === '"') return scanString(text, start);
  if (/[-0-9]/.test(first)) return scanNumber(text, start);
  const literal = LITERALS[first];
  if (literal === undefined) throw refuse(first, 'looking for beginning of value');
  for (let index = 1; index < literal.length; index += 1) {
    const char = charAt(text, start + index);
    if (char !== literal[index]) throw refuse(char, `in literal ${literal} (expecting '${literal[index]}')`);
  }
  return start + literal.length;
}

function scanString(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const char = charAt(text, at);
    if (char === '"') return at + 1;
    if (char < ' ') throw refuse(char, 'in string literal');
    at += char === '\\' ? scanEscape(text, at + 1) : 1;
  }
}

/** The length of an escape whose letter is at `at`, with its backslash. */
function scanEscape(text: string, at: number): number {
  const letter = charAt(text, at);
  if (letter !== 'u') {
    if (!'bfnrt\\/"'.includes(letter)) throw refuse(letter, 'in string escape code');
    return 2;
  }
  for (let index = 1; index <= 4; index += 1) {
    const digit = charAt(text, at + index);
    if (!/[0-9a-fA-F]/.test(digit)) throw refuse(digit, 'in \\u hexadecimal character escape');
  }
  return 6;
}

function scanNumber(text: string, start: number): number {
  let at = text[start] === '-' ? start + 1 : start;
  if (!isDigit(charAt(text, at))) throw refuse(charAt(text, at), 'in numeric literal');
  at = text[at] === '0' ? at + 1 : skipDigits(text, at);
  if (text[at] === '.') {
    if (!isDigit(charAt(text, at + 1))) throw refuse(charAt(text, at + 1), 'after decimal point in numeric literal');
    at = skipDigits(text, at + 1);
  }
  if (text[at] !== 'e' && text[at] !== 'E') return at;
  at += 1;
  if (charAt(text, at) === '+' || charAt(text, at) === '-') at += 1;
  if (!isDigit(charAt(text, at))) throw refuse(charAt(text, at), 'in exponent of numeric literal');
  return skipDigits(text, at);
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}

function skipDigits(text: string, start: number): number {
  let at = start;
  while (isDigit(text[at])) at += 1;
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && ' \t\r\n'.includes(text[at] ?? '')) at += 1;
  return at;
}

function charAt(text: string, at: number): string {
  const char = text[at];
  if (char === undefined) throw new Refused('unexpected EOF');
  return char;
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  "'": "\\'",
};

/** Go reads bytes: of a character outside ASCII it names the first byte, as if that were a character. */
function refuse(char: string, where: string): Refused {
  const byte = Buffer.from(char)[0] ?? 0;
  return new Refused(`invalid character '${quoteByte(byte)}' ${where}`);
}

function quoteByte(byte: number): string {
  const char = String.fromCharCode(byte);
  const named = NAMED_ESCAPES[char];
  if (named !== undefined) return named;
  if (byte < 0x20 || byte === 0x7f) return `\\x${byte.toString(16).padStart(2, '0')}`;
  return char;
}
