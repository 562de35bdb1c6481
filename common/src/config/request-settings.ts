import { z } from 'zod';
import { wholeNumber } from './leaf-schemas.js';
import { setting } from './setting.js';

/** How long a request may wait, for a slot and for an agent, and how many agents it may try. */
export const requestSettings = {
  queueLimit: setting(wholeNumber(0, 1_000_000).default(1000), {
    env: 'COORDINATOR_QUEUE_LIMIT',
    description: 'Most requests that may wait for a slot.',
    runtime: true,
  }),
  queueTimeoutMs: setting(wholeNumber(100, 3_600_000).default(300_000), {
    env: 'COORDINATOR_QUEUE_TIMEOUT_MS',
    description: 'Longest wait for a slot.',
    unit: 'ms',
    runtime: true,
  }),
  firstByteTimeoutMs: setting(wholeNumber(100, 3_600_000).default(120_000), {
    env: 'COORDINATOR_FIRST_BYTE_TIMEOUT_MS',
    description:
      'Longest wait for the first byte from an agent whose model is loaded. An answer in one piece may take five times as long while its agent works on it.',
    unit: 'ms',
    runtime: true,
  }),
  loadTimeoutMs: setting(wholeNumber(100, 3_600_000).default(300_000), {
    env: 'COORDINATOR_LOAD_TIMEOUT_MS',
    description: 'Time added to that while the model is being loaded.',
    unit: 'ms',
    runtime: true,
  }),
  stallTimeoutMs: setting(wholeNumber(100, 3_600_000).default(30_000), {
    env: 'COORDINATOR_STALL_TIMEOUT_MS',
    description: 'Longest silence within an answer that has begun; then its agent counts as gone.',
    unit: 'ms',
    runtime: true,
  }),
  verbTimeoutMs: setting(wholeNumber(100, 3_600_000).default(10_000), {
    env: 'COORDINATOR_VERB_TIMEOUT_MS',
    description: 'Longest wait for one agent where a verb goes to several: delete, copy, show, unload.',
    unit: 'ms',
  }),
  handOver: setting(z.enum(['auto', 'off']).default('auto'), {
    env: 'COORDINATOR_HANDOVER',
    description: 'Whether another agent continues a stream whose agent went away. auto: where that is possible.',
    runtime: true,
  }),
  maxAttempts: setting(wholeNumber(1, 10).default(3), {
    env: 'COORDINATOR_MAX_ATTEMPTS',
    description: 'Most agents that receive one request.',
    runtime: true,
  }),
};
