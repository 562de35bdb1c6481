import { bindScript, type Redis, type RedisKeys } from '@ollama-coordinator/common/redis';
import { CHANGE_SETTINGS } from './scripts/change-settings.js';
import { RESTORE_SETTINGS } from './scripts/restore-settings.js';

/** What operators changed, as Redis has it: setting, by its name in TOML → JSON. */
export interface StoredSettings {
  /** 0 where nothing was ever changed. */
  readonly revision: number;
  readonly values: ReadonlyMap<string, string>;
}

export interface SettingsStoreDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
}

export type SettingsStore = ReturnType<typeof createSettingsStore>;

/** Methods reject while Redis is away. */
export function createSettingsStore({ redis, keys, replicaId }: SettingsStoreDeps) {
  const changeSettings = bindScript(redis, CHANGE_SETTINGS);
  const restoreSettings = bindScript(redis, RESTORE_SETTINGS);
  return {
    async read(): Promise<StoredSettings> {
      const { revision = '0', ...values } = await redis.hgetall(keys.settings);
      return { revision: Number(revision), values: new Map(Object.entries(values)) };
    },
    /** Undefined as a value: back to what is configured. Resolves with the revision. */
    async change(changes: ReadonlyMap<string, string | undefined>): Promise<number> {
      const pairs = [...changes].flatMap(([name, json]) => [name, json ?? '']);
      return Number(await changeSettings([keys.settings, keys.events], [replicaId, [...changes.keys()].join(', '), ...pairs]));
    },
    async restore({ revision, values }: StoredSettings): Promise<void> {
      await restoreSettings([keys.settings], [revision, ...[...values].flat()]);
    },
  };
}
