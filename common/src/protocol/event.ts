import { z } from 'zod';

/** What happened in the fleet, as the events stream and the dashboard carry it. */
export const fleetEventTypeSchema = z.enum([
  'registered',
  'updated',
  'online',
  'suspect',
  'offline',
  'draining',
  'resumed',
  'left',
  'model_loaded',
  'model_evicted',
  /** A request was kept from having the model loaded again with other options; what one replica sees, told now and then. */
  'reload_avoided',
  'setting_changed',
  'job_started',
  'job_ended',
  'placement_changed',
  'placement_met',
  'placement_short',
]);

export const fleetEventSchema = z.object({
  /** Stream id; grows. */
  id: z.string(),
  /** RFC 3339. */
  at: z.string(),
  type: fleetEventTypeSchema,
  agent_id: z.string().optional(),
  agent_name: z.string().optional(),
  model: z.string().optional(),
  detail: z.string().optional(),
});
export type FleetEvent = z.infer<typeof fleetEventSchema>;
