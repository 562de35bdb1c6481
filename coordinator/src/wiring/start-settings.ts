import type { Registry } from '../registry/create-registry.js';
import { createSettings, type Settings } from '../settings/create-settings.js';
import { createSettingsStore } from '../settings/settings-store.js';
import type { Store } from '../store/open-store.js';
import type { PartContext } from './part-context.js';

/** What operators changed, read, and followed from here on. */
export async function startSettings(
  { config, origins, log, clock, replicaId, stops }: PartContext,
  { redis, keys }: Store,
  registry: Pick<Registry, 'onEvent' | 'onRedisState'>,
): Promise<Settings> {
  const store = createSettingsStore({ redis, keys, replicaId });
  const settings = createSettings({ config, origins, store, replicaId, clock, log: log.child({ part: 'settings' }) });
  await settings.start();
  stops.push(() => settings.stop());
  stops.push(
    registry.onEvent(({ type }) => {
      if (type === 'setting_changed') settings.readSoon();
    }),
    registry.onRedisState((state) => {
      if (state === 'up') settings.readSoon();
    }),
  );
  return settings;
}
