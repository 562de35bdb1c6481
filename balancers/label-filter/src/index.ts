import { defineBalancer } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import { createLabelFilter } from './label-filter.js';

const names = z.array(z.string().min(1)).min(1);
/** `{ gpu = "a100" }` or `{ room = ["lab", "office"] }`. */
const selector = z
  .record(z.string(), z.union([z.string().transform((value) => [value]), z.array(z.string()).min(1)]))
  .refine((labels) => Object.keys(labels).length > 0, 'names no label');

const rule = z
  .strictObject({
    models: names.optional().describe('Models that the rule is for; * stands for any characters. Unset: all.'),
    callers: names.optional().describe('Callers that the rule is for; * stands for any characters. Unset: all.'),
    require: selector.optional().describe('Labels that an agent must have.'),
    forbid: selector.optional().describe('Labels that an agent must not have.'),
    prefer: selector.optional().describe('Labels that an agent should have.'),
    penaltyS: z.number().positive().max(1e6).default(60).describe('Seconds added to an agent that does not have what is preferred.'),
  })
  .refine(({ require, forbid, prefer }) => require ?? forbid ?? prefer, 'has none of require, forbid and prefer');

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-label-filter',
  stability: 'stable',
  needs: [],
  options: z.strictObject({
    rules: z.array(rule).default([]).describe('What holds for which requests; all that describe a request hold.'),
  }),
  create: ({ rules }) => createLabelFilter(rules),
});
