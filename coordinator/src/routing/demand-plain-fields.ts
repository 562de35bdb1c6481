import { AppError, countMembers } from '@ollama-coordinator/common';

/** Fields that decide who may do something, or what it costs. */
const DECISIVE: ReadonlySet<string> = new Set([
  'model',
  'name',
  'from',
  'source',
  'destination',
  'insecure',
  'options',
  'keep_alive',
  'stream',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
]);

/**
 * Go reads `"Model"` as it reads `"model"`, and the last one counts: a body could say one model to the coordinator and another one to
 * Ollama. Throws BAD_REQUEST where a field that decides something is written in another way than Ollama's documents write it.
 */
export function demandPlainFields(fields: Readonly<Record<string, unknown>>): void {
  for (const name in fields) {
    // Upper case first: Go takes the long s for an s, and the Kelvin sign for a k.
    const plain = name.toUpperCase().toLowerCase();
    if (plain !== name && DECISIVE.has(plain))
      throw new AppError('BAD_REQUEST', { details: { reason: `the field ${JSON.stringify(name)} is to be written "${plain}"` } });
  }
}

/**
 * Go's maps keep what a first `options` said where a second one is silent, JavaScript forgets the first: a limit would see less than the
 * machine does. Throws BAD_REQUEST where a body with options names any field twice; without options the last one counts for both.
 */
export function demandSingleFields(body: Buffer, fields: Readonly<Record<string, unknown>>): void {
  if (fields.options === undefined || countMembers(body) === Object.keys(fields).length) return;
  throw new AppError('BAD_REQUEST', { details: { reason: 'the body names a field twice; name each once' } });
}
