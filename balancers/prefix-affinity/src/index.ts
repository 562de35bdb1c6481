import { defineBalancer } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import { choosePrefixAffinity } from './prefix-affinity.js';

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-prefix-affinity',
  stability: 'stable',
  needs: ['prefix'],
  options: z.strictObject({
    blocks: z.number().int().min(1).max(1024).default(1).describe('Leading blocks of the prompt that requests must share.'),
    loadFactor: z.number().min(1).max(100).default(1.25).describe('Times its fair share beyond which an agent is overloaded.'),
    worthS: z.number().min(0).max(1e6).default(5).describe('Seconds that a warm cache is worth beside the costs of other balancers.'),
    fill: z.number().min(0).max(1).default(0.5).describe('Part of its slots up to which no agent is overloaded.'),
  }),
  create: (options) => ({
    choose: (request, candidates, at) => choosePrefixAffinity(request, candidates, options, at.random),
  }),
});
