import { z } from 'zod';
import { agentSchema } from './agent.js';
import { fleetEventSchema } from './event.js';
import { requestSchema } from './request.js';

/** Subprotocol of `WS /ws/dashboard`. A browser cannot set headers there, so a key travels as a second one, `bearer.<key>`. */
export const DASHBOARD_PROTOCOL = 'ollama-coordinator';

/**
 * What `WS /ws/dashboard` sends: one `snapshot`, then `change` records, each with the version that it leads to.
 * A page that misses a version reconnects. A viewer that was too slow for some changes gets another snapshot instead.
 */
export const dashboardMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    version: z.number().int(),
    /** RFC 3339, by the replica's clock: the page shows ages by it, whatever the viewer's clock says. */
    at: z.string(),
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
    at: z.string(),
    redis: z.enum(['up', 'down']).optional(),
    /** Agents that the page does not have, or has otherwise, whole. */
    agents: z.array(agentSchema).optional(),
    /** Of agents that the page has: the fields that changed. */
    agent_changes: z.array(agentSchema.partial().required({ id: true })).optional(),
    removed_agents: z.array(z.string()).optional(),
    /** By agent id: how long ago the agent was last heard, in milliseconds. Sent every few seconds. */
    heard_ms_ago: z.record(z.string(), z.number().int()).optional(),
    requests: z.array(requestSchema).optional(),
    /** Requests whose end nobody knows: their replica is gone. */
    removed_requests: z.array(z.string()).optional(),
    events: z.array(fleetEventSchema).optional(),
  }),
]);
export type DashboardMessage = z.infer<typeof dashboardMessageSchema>;
export type DashboardSnapshot = Extract<DashboardMessage, { type: 'snapshot' }>;
export type DashboardChange = Extract<DashboardMessage, { type: 'change' }>;
