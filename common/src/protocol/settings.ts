import { z } from 'zod';

/** One setting as `GET /api/coordinator/settings` shows it. */
export const shownSettingSchema = z.object({
  /** Its name in the TOML file and in a PATCH. */
  name: z.string(),
  /** In force. Absent where it is unset; `***` for a secret. */
  value: z.unknown().optional(),
  source: z.enum(['default', 'file', 'environment', 'flag', 'runtime']),
  /** Where exactly, as `COORDINATOR_PORT` or `/etc/coordinator.toml: port`. */
  origin: z.string().optional(),
  /** What it is configured to, where an operator changed it while the coordinator ran. */
  configured: z.unknown().optional(),
  /** Whether it may be changed while the coordinator runs. */
  runtime: z.boolean(),
  secret: z.boolean(),
  unit: z.string().optional(),
  description: z.string(),
  /** Why this replica could not adopt the value that an operator gave; it keeps the one before. */
  problem: z.string().optional(),
});
export type ShownSetting = z.infer<typeof shownSettingSchema>;

/** Answer of `/api/coordinator/settings`. */
export const settingsSchema = z.object({
  replica: z.string(),
  /** Grows with each change that an operator makes. */
  revision: z.number().int(),
  settings: z.array(shownSettingSchema),
});
export type SettingsView = z.infer<typeof settingsSchema>;
