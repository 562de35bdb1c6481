const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * A JSON object with one value put in another's place: `['model']`, or `['options', 'num_ctx']`. Every other byte stays as it was.
 * What is not there is added in front; a name that comes twice is replaced twice. `body` must begin with a well-formed object,
 * what follows that is left alone; `json` is the new value's text.
 */
export function replaceJsonValue(body: Buffer, path: readonly string[], json: string): Buffer {
  return replaceIn(body, skipSpace(body, 0), path, json);
}

function replaceIn(body: Buffer, start: number, [name = '', ...inner]: readonly string[], json: string): Buffer {
  const found = [...members(body, start)].filter((member) => member.name === name);
  const nested = (text: string) => inner.reduceRight((value, key) => `{${JSON.stringify(key)}:${value}}`, text);
  if (found.length === 0) return insertFirst(body, start, `${JSON.stringify(name)}:${nested(json)}`);
  return found.reduceRight((text, { valueStart, valueEnd }) => {
    if (inner.length > 0 && text[valueStart] === OPEN_BRACE) return replaceIn(text, valueStart, inner, json);
    return Buffer.concat([text.subarray(0, valueStart), Buffer.from(nested(json)), text.subarray(valueEnd)]);
  }, body);
}

function insertFirst(body: Buffer, start: number, member: string): Buffer {
  const isEmpty = body[skipSpace(body, start + 1)] === CLOSE_BRACE;
  return Buffer.concat([body.subarray(0, start + 1), Buffer.from(isEmpty ? member : `${member},`), body.subarray(start + 1)]);
}

interface Member {
  readonly name: string;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** The members of the object that opens at `start`. */
function* members(body: Buffer, start: number): Generator<Member> {
  let at = skipSpace(body, start + 1);
  while (body[at] === QUOTE) {
    const nameEnd = endOfString(body, at);
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
  if (first === QUOTE) return endOfString(body, start);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return endOfWord(body, start);
  let depth = 0;
  for (let at = start; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfString(body, at) - 1;
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

function endOfString(body: Buffer, start: number): number {
  for (let at = start + 1; at < body.length; at += 1) {
    if (body[at] === BACKSLASH) at += 1;
    else if (body[at] === QUOTE) return at + 1;
  }
  return body.length;
}

function skipSpace(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && (body[at] ?? 0) <= 0x20) at += 1;
  return at;
}
