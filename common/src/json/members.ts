import { endOfText } from './end-of-text.js';

const [QUOTE, COMMA, COLON] = [0x22, 0x2c, 0x3a];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** One member of a JSON object, by the places of its value's first byte and of the byte behind it. */
export interface Member {
  readonly name: string;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** The members of the well-formed object that opens at `start`, in their order; a name may come twice. */
export function* members(body: Buffer, start: number): Generator<Member> {
  let at = skipSpace(body, start + 1);
  while (body[at] === QUOTE) {
    const nameEnd = endOfText(body, at) + 1;
    const name = JSON.parse(body.toString('utf8', at, nameEnd)) as string;
    const valueStart = skipSpace(body, skipSpace(body, nameEnd) + 1);
    const valueEnd = endOfValue(body, valueStart);
    yield { name, valueStart, valueEnd };
    at = skipSpace(body, valueEnd);
    if (body[at] === COMMA) at = skipSpace(body, at + 1);
  }
}

function endOfValue(body: Buffer, start: number): number {
  const first = body[start];
  if (first === QUOTE) return endOfText(body, start) + 1;
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return endOfWord(body, start);
  let depth = 0;
  for (let at = start; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfText(body, at);
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return body.length;
}

/** Of a number, `true`, `false` or `null`. */
function endOfWord(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && !isDelimiter(body[at] ?? 0)) at += 1;
  return at;
}

function isDelimiter(byte: number): boolean {
  return byte <= 0x20 || byte === COMMA || byte === COLON || byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
}

/** The place of the first byte from `start` on that is no white space. */
export function skipSpace(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && (body[at] ?? 0) <= 0x20) at += 1;
  return at;
}
