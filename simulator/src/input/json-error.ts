/** Everything that is a JSON value by itself. Source: RFC 8259. */
const SCALAR =
  /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")/uy;
const SPACE = /[ \t\r\n]*/y;

/**
 * Position at which a text stops being JSON; undefined where it is JSON. JSON.parse() tells it in a message that differs
 * from one version of Node to the next, and not always.
 */
export function jsonErrorAt(text: string): number | undefined {
  try {
    const end = skip(SPACE, text, readValue(text, skip(SPACE, text, 0)));
    return end === text.length ? undefined : end;
  } catch (error) {
    if (error instanceof NotJson) return error.position;
    throw error;
  }
}

class NotJson extends Error {
  readonly position: number;
  constructor(position: number) {
    super();
    this.position = position;
  }
}

function readValue(text: string, at: number): number {
  if (text[at] === '{') return readMembers(text, at, '}');
  return text[at] === '[' ? readMembers(text, at, ']') : readScalar(text, at);
}

/** The members of an object or the elements of an array, up to and with its closing bracket. */
function readMembers(text: string, at: number, close: '}' | ']'): number {
  let position = skip(SPACE, text, at + 1);
  if (text[position] === close) return position + 1;
  for (;;) {
    if (close === '}') {
      if (text[position] !== '"') throw new NotJson(position);
      position = expect(text, skip(SPACE, text, readScalar(text, position)), ':');
    }
    position = skip(SPACE, text, readValue(text, skip(SPACE, text, position)));
    if (text[position] === close) return position + 1;
    position = skip(SPACE, text, expect(text, position, ','));
  }
}

function readScalar(text: string, at: number): number {
  const end = skip(SCALAR, text, at);
  if (end === at) throw new NotJson(at);
  return end;
}

function expect(text: string, at: number, character: string): number {
  if (text[at] !== character) throw new NotJson(at);
  return at + 1;
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
