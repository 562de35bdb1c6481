import type { z } from 'zod';

/** What a configuration leaf tells of itself: one place for the environment, the flags, the documents and the chart. */
export interface SettingMeta {
  readonly env?: string;
  /** Command-line flag without the dashes. Default: the key in kebab case. */
  readonly flag?: string;
  readonly description: string;
  readonly unit?: string;
  readonly secret?: boolean;
  /** Whether it may change while the program runs. */
  readonly runtime?: boolean;
  /** Key of a setting that says the same in another way: the one from the later source counts, both from one source are refused. */
  readonly insteadOf?: string;
}

/** Attaches the metadata to a leaf of a configuration schema. */
export function setting<Schema extends z.ZodType>(schema: Schema, meta: SettingMeta): Schema {
  return schema.meta({ ...meta }) as Schema;
}

export function settingMeta(schema: z.ZodType): SettingMeta {
  return (schema.meta() ?? {}) as unknown as SettingMeta;
}
