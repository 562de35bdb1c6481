import { z } from 'zod';

/** Version of the JSON that agents and coordinators exchange. Peers one version apart serve together. */
export const PROTOCOL_VERSION = 1;

/**
 * A word of a peer that may be one version newer than we are: one that we do not know counts as `otherwise`, which is to be
 * the word that promises least. What is no word at all is refused.
 */
export function wordOf<const Words extends readonly [string, ...string[]]>(words: Words, otherwise: Words[number]) {
  return z.string().max(32).pipe(z.enum(words).catch(otherwise));
}

/** Ids become parts of Redis keys and of URLs, so only characters that mean nothing there. */
export const agentIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1–64 letters, digits, dots, dashes or underscores');

/** A name for people: no control characters, which could break a header or a terminal. */
export const displayNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');

export const ratioSchema = z.number().min(0).max(1);
export const bytesSchema = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
export const countSchema = z.number().int().nonnegative().max(1_000_000);
export const portSchema = z.number().int().min(1).max(65535);

const labelName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,62}$/)
  .refine((name) => !['__proto__', 'constructor', 'prototype'].includes(name), 'is a reserved name');

/** At most 32 labels, as `{"gpu": "4090", "room": "lab"}`. */
export const labelsSchema = z
  .record(labelName, z.string().max(128))
  .refine((labels) => Object.keys(labels).length <= 32, 'at most 32 labels');
