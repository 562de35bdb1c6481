import { members, skipSpace } from './members.js';

const [OPEN_BRACE, CLOSE_BRACE] = [0x7b, 0x7d];

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
