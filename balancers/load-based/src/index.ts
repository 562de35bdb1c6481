import { defineBalancer, ENOUGH_CANDIDATES } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import { costLoadBased, explainLoadBased } from './load-based.js';

const seconds = z.number().nonnegative().max(1e6);

const options = z
  .strictObject({
    avoidAt: z
      .number()
      .positive()
      .max(1)
      .default(0.9)
      .describe('Load of CPU or memory at which an agent is avoided while another can serve.'),
    cpuWeight: z.number().nonnegative().max(1000).default(2).describe('Weight of the CPU load in the mean.'),
    memoryWeight: z.number().nonnegative().max(1000).default(1).describe('Weight of the memory load in the mean.'),
    unknownLoad: z.number().min(0).max(1).default(0.5).describe('Load that an agent is taken to have while it reports none.'),
    loadS: seconds.default(10).describe('Seconds that a fully loaded machine adds to a request.'),
    requestS: seconds.default(10).describe('Seconds that each request in flight per slot adds.'),
    avoidPenaltyS: seconds.default(3600).describe('Seconds added to an agent that is avoided.'),
    suspectPenaltyS: seconds.default(600).describe('Seconds added to an agent whose watch is silent.'),
  })
  .refine(({ cpuWeight, memoryWeight }) => cpuWeight + memoryWeight > 0, {
    path: ['cpuWeight'],
    error: 'cpuWeight and memoryWeight must not both be 0',
  });

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-load-based',
  stability: 'stable',
  needs: [],
  mostCandidates: ENOUGH_CANDIDATES,
  options,
  create: (parsed) => ({
    cost: (request, agent) => costLoadBased(request, agent, parsed),
    explain: (request, agent) => explainLoadBased(request, agent, parsed),
  }),
});
