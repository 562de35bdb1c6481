import { defineBalancer } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import { createRoundRobin } from './round-robin.js';

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-round-robin',
  stability: 'stable',
  needs: [],
  options: z.strictObject({}),
  create: () => createRoundRobin(),
});
