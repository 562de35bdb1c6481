/**
 * Line (1 for the first) at which the value at `path` begins in a JSON text; where the path leads nowhere, the line of the
 * deepest part that is there. The text must be valid JSON.
 */
export function lineOfPath(text: string, path: readonly PropertyKey[]): number {
  let at = skipSpace(text, 0);
  for (const key of path) {
    const next = enter(text, at, key);
    if (next === undefined) break;
    at = next;
  }
  return lineAt(text, at);
}

/** Line of a position. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split(/\r\n|\n|\r/).length;
}

/** Where the member or element `key` of the value at `at` begins. */
function enter(text: string, at: number, key: PropertyKey): number | undefined {
  const isObject = text[at] === '{';
  if (!isObject && text[at] !== '[') return undefined;
  let position = skipSpace(text, at + 1);
  for (let index = 0; text[position] !== '}' && text[position] !== ']'; index += 1) {
    let name: PropertyKey = index;
    if (isObject) {
      const end = skipValue(text, position);
      name = JSON.parse(text.slice(position, end)) as string;
      position = skipSpace(text, skipSpace(text, end) + 1);
    }
    if (name === key) return position;
    position = skipSpace(text, skipValue(text, position));
    if (text[position] === ',') position = skipSpace(text, position + 1);
    else break;
  }
  return undefined;
}

function skipSpace(text: string, at: number): number {
  let position = at;
  while (/\s/.test(text[position] ?? '')) position += 1;
  return position;
}

/** The position behind a value. */
function skipValue(text: string, at: number): number {
  let depth = 0;
  let position = at;
  do {
    const character = text[position];
    if (character === '"') position = skipString(text, position);
    else {
      if (character === '{' || character === '[') depth += 1;
      if (character === '}' || character === ']') depth -= 1;
      position += 1;
    }
  } while (position < text.length && (depth > 0 || !/[,\]}\s:]/.test(text[position] ?? '')));
  return position;
}

function skipString(text: string, at: number): number {
  let position = at + 1;
  while (position < text.length && text[position] !== '"') position += text[position] === '\\' ? 2 : 1;
  return position + 1;
}
