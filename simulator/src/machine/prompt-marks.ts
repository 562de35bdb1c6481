import type { Arrival } from '../input/assign-models.js';
import { TOKENS_PER_MARK } from './engine-models.js';

/** Half of the code units, so that the marks of two sessions differ from the first on. */
const MARKS = 0x8000;

/** Stands for the prompt where prefixes are compared: as long as the prompt, and the same for all requests of a session. */
export function promptMarks({ session, inputTokens, model }: Pick<Arrival, 'session' | 'inputTokens' | 'model'>, number: number): string {
  if (session === undefined) return String.fromCharCode(MARKS + (number % MARKS));
  let hash = 7;
  for (const character of `${model} ${session}`) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  const unit = String.fromCharCode(hash % MARKS, (hash >>> 15) % MARKS);
  return unit.repeat(Math.ceil(inputTokens / TOKENS_PER_MARK / 2)).slice(0, Math.floor(inputTokens / TOKENS_PER_MARK));
}
