import { defineBalancer } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import { choosePowerOfTwo } from './power-of-two.js';

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-power-of-two',
  stability: 'stable',
  needs: [],
  options: z.strictObject({
    choices: z.number().int().min(2).max(64).default(2).describe('Candidates that are drawn; the least busy of them is taken.'),
  }),
  create: ({ choices }) => ({
    choose: (_request, candidates, at) => choosePowerOfTwo(candidates, choices, at.random),
  }),
});
