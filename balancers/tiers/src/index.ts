import { defineBalancer } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import { costTiers, explainTiers } from './tiers.js';

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-tiers',
  stability: 'stable',
  needs: [],
  options: z.strictObject({
    overflow: z.enum(['full', 'cost', 'never']).default('full').describe('When requests go to the next tier.'),
    tierS: z.number().positive().max(3600).default(30).describe('With overflow = "cost": seconds that one tier is worth.'),
  }),
  create: (options) => ({
    cost: (request, agent) => costTiers(request, agent, options),
    explain: (request, agent) => explainTiers(request, agent, options),
  }),
});
