import { endOfText } from './end-of-text.js';

const [QUOTE, COMMA] = [0x22, 0x2c];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * How many members the object has that a well-formed, not empty JSON object begins with. A name that comes twice counts twice: the
 * parser's object does not show that. What follows the object is not looked at.
 */
export function countMembers(bytes: Buffer): number {
  let count = 1;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at);
    else if (byte === COMMA && depth === 1) count += 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return count;
    }
  }
  return count;
}
