import { defineBalancer, ENOUGH_CANDIDATES } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import { costLeastConnections, explainLeastConnections } from './least-connections.js';

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-least-connections',
  stability: 'stable',
  needs: [],
  mostCandidates: ENOUGH_CANDIDATES,
  options: z.strictObject({
    requestS: z.number().positive().max(3600).default(10).describe('Seconds that one request is taken to last.'),
    suspectPenaltyS: z.number().nonnegative().max(1e6).default(600).describe('Seconds added to an agent whose watch is silent.'),
  }),
  create: (options) => ({
    cost: (request, agent) => costLeastConnections(request, agent, options),
    explain: (request, agent) => explainLeastConnections(request, agent, options),
  }),
});
