import { AppError } from '../errors/app-error.js';
import { endOfText } from './end-of-text.js';

/** Levels of arrays and objects in what agents and clients send of our own protocol; the deepest message has six. */
export const MAX_JSON_DEPTH = 64;

const QUOTE = 0x22;
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Throws BAD_REQUEST where JSON is nested deeper than that. What is no JSON is left to the parser. */
export function demandShallowJson(bytes: Buffer, maxDepth: number = MAX_JSON_DEPTH): void {
  if (isDeeper(bytes, maxDepth))
    throw new AppError('BAD_REQUEST', { details: { reason: `the JSON is nested deeper than ${maxDepth} levels` } });
}

/** Looks at each byte outside of texts; a short one, which cannot be deep, costs nothing. */
export function isDeeper(bytes: Buffer, maxDepth: number): boolean {
  if (bytes.length <= maxDepth) return false;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfText(bytes, at);
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  return false;
}
