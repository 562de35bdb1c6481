import { defineBalancer } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import { createWeightedRoundRobin } from './weighted-round-robin.js';

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-weighted-round-robin',
  stability: 'stable',
  needs: [],
  options: z.strictObject({}),
  create: () => createWeightedRoundRobin(),
});
