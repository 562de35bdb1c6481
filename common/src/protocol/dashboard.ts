import { z } from 'zod';
import { agentSchema } from './agent.js';
import { fleetEventSchema } from './event.js';
import { requestSchema } from './request.js';

/**
 * What `WS /ws/dashboard` sends: one `snapshot`, then `change` records, each with the version that it leads to.
 * A page that misses a version reconnects.
 */
export const dashboardMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    version: z.number().int(),
    replica: z.string(),
    coordinator_version: z.string(),
    redis: z.enum(['up', 'down']),
    agents: z.array(agentSchema),
    requests: z.array(requestSchema),
    events: z.array(fleetEventSchema),
  }),
  z.object({
    type: z.literal('change'),
    version: z.number().int(),
    redis: z.enum(['up', 'down']).optional(),
    agents: z.array(agentSchema).optional(),
    removed_agents: z.array(z.string()).optional(),
    requests: z.array(requestSchema).optional(),
    events: z.array(fleetEventSchema).optional(),
  }),
]);
export type DashboardMessage = z.infer<typeof dashboardMessageSchema>;
