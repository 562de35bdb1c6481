import { defineBalancer } from '@ollama-coordinator/common/balancing';
import { z } from 'zod';
import { createPin } from './pin.js';

const target = z.string().min(1);

export default defineBalancer({
  api: 1,
  name: '@ollama-coordinator/balancer-pin',
  stability: 'stable',
  needs: [],
  options: z.strictObject({
    models: z
      .record(z.string().min(1), z.union([target.transform((one) => [one]), z.array(target).min(1)]))
      .default({})
      .describe('Model, in which * stands for any characters → the agents that serve it, by id, name or label=value.'),
    elsewhereS: z.number().positive().max(1e6).optional().describe('Seconds added to every other agent. Unset: they never serve it.'),
  }),
  create: (options) => createPin(options),
});
