import { z } from 'zod';
import type { Settings } from '../../settings/create-settings.js';
import type { ApiHandlers } from '../api-app.js';
import { parseInput } from '../parse-input.js';

const patchSchema = z.record(z.string(), z.unknown());

/** The settings in force, and those of them that an operator may change while replicas run. */
export function createSettingsHandlers({
  settings,
}: {
  readonly settings: Pick<Settings, 'show' | 'change'>;
}): Pick<ApiHandlers, 'settings' | 'patchSettings'> {
  return {
    settings: (_req, res) => {
      res.json(settings.show());
    },
    patchSettings: async (req, res) => {
      await settings.change(parseInput(patchSchema, req.body));
      res.json(settings.show());
    },
  };
}
