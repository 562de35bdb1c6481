import { z } from 'zod';

const text = (longest: number) => z.string().max(longest);

/** The fields of the settings page, as they were typed. What they mean is checked by the agent's own configuration. */
export const typedSettingsSchema = z.strictObject({
  coordinatorUrl: text(2048),
  name: text(512),
  transport: text(32),
  slots: text(32),
  ollamaSetup: text(32),
  schedule: text(512),
  onBattery: text(32),
  gpuBusy: text(32),
});
export type TypedSettings = z.infer<typeof typedSettingsSchema>;
export type SettingName = keyof TypedSettings;
