import { defineBalancer, ENOUGH_CANDIDATES } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import { createResponseTime } from './response-time.js';

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-response-time',
  stability: 'stable',
  needs: [],
  mostCandidates: ENOUGH_CANDIDATES,
  options: z.strictObject({
    measure: z.enum(['first-byte', 'total']).default('first-byte').describe('What is measured: the time to the first byte or to the last.'),
    decayS: z.number().positive().max(86_400).default(60).describe('Seconds after which about a third is left of a peak.'),
    unmeasuredS: z.number().positive().max(3600).default(0.1).describe('Seconds that an agent is taken to need while nobody measured it.'),
    suspectPenaltyS: z.number().nonnegative().max(1e6).default(600).describe('Seconds added to an agent whose watch is silent.'),
  }),
  create: (options) => createResponseTime(options),
});
