import { defineBalancer, ENOUGH_CANDIDATES } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import { costModelAffinity, explainModelAffinity } from './model-affinity.js';

const seconds = z.number().nonnegative().max(1e6);

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-model-affinity',
  stability: 'stable',
  needs: [],
  mostCandidates: ENOUGH_CANDIDATES,
  options: z.strictObject({
    loadS: seconds.default(10).describe('Seconds that loading the model is taken to cost.'),
    evictS: seconds.default(10).describe('Seconds that pushing another model out of memory is taken to cost.'),
    requestS: seconds.default(30).describe('Seconds that one request is taken to last: what a place in line costs.'),
    balanceS: seconds.default(1).describe('Seconds that a fully loaded agent costs more than an idle one.'),
    suspectPenaltyS: seconds.default(600).describe('Seconds added to an agent whose watch is silent.'),
  }),
  create: (options) => ({
    cost: (request, agent) => costModelAffinity(request, agent, options),
    explain: (request, agent) => explainModelAffinity(request, agent, options),
  }),
});
