import { z } from 'zod';

const seconds = z.number().nonnegative().max(1e6);

export const predictiveOptions = z.strictObject({
  evictionHorizonS: seconds
    .default(120)
    .describe('A model that is unloaded costs its reload, as likely as it is wanted again within so many seconds.'),
  crowdingWeight: z
    .number()
    .nonnegative()
    .max(10)
    .default(0.5)
    .describe('Weight of what a request takes from the speed of those beside it.'),
  optimism: z
    .number()
    .positive()
    .max(1)
    .default(0.8)
    .describe('Factor on the times of an agent that nobody has measured, so that it is tried.'),
  nearShare: z.number().min(0).max(1).default(0.03).describe('Agents whose costs differ by less than this share count as equal.'),
  suspectPenaltyS: seconds.default(600).describe('Seconds added to an agent whose watch is silent.'),
});

export type PredictiveOptions = z.output<typeof predictiveOptions>;
