import { z } from 'zod';
import { wholeNumber } from './leaf-schemas.js';
import { setting } from './setting.js';

/** A regular expression as it is written, with the flags that each rule has. */
const rule = z
  .string()
  .min(1)
  .max(1024)
  .refine(isExpression, { error: (issue) => `must be a regular expression, not ${issue.input}` });

function isExpression(text: string): boolean {
  try {
    return new RegExp(text, 'gu') instanceof RegExp;
  } catch {
    return false;
  }
}

/** The settings about keeping what was asked and answered. */
export const bodySettings = {
  historyBodies: setting(z.enum(['on', 'off']).default('off'), {
    env: 'COORDINATOR_HISTORY_BODIES',
    description: 'Whether what was asked and answered is kept, redacted, for administrators to read.',
  }),
  historyBodyBytes: setting(wholeNumber(256, 1_048_576).default(16_384), {
    env: 'COORDINATOR_HISTORY_BODY_BYTES',
    description: 'Most of each body that is kept.',
    unit: 'bytes',
  }),
  historyBodiesBytes: setting(wholeNumber(65_536, 1_099_511_627_776).default(67_108_864), {
    env: 'COORDINATOR_HISTORY_BODIES_BYTES',
    description: 'Memory of Redis that all kept bodies may take; beyond it the oldest go before their time.',
    unit: 'bytes',
  }),
  historyBodyHours: setting(wholeNumber(1, 8760).default(24), {
    env: 'COORDINATOR_HISTORY_BODY_HOURS',
    description: 'How long bodies are kept.',
    unit: 'hours',
  }),
  historyRedact: setting(z.array(rule).max(100).default([]), {
    description: 'Regular expressions; what they match within a text of a body is not kept (TOML only).',
  }),
  historyRedactor: setting(z.string().min(1).max(512).optional(), {
    env: 'COORDINATOR_HISTORY_REDACTOR',
    description:
      'Module (an npm package or a path) whose function redact(text, about) returns what is kept of each text of a body, after those rules.',
  }),
} as const;
