import {
  type CoordinatorConfig,
  describeCause,
  RUNTIME_SETTINGS,
  type RuntimeSetting,
  type RuntimeValues,
} from '@ollama-coordinator/common';

/** A change that is ready to be made. */
export interface Prepared {
  commit(): void;
  /** It will not be made after all. */
  discard(): void | Promise<void>;
}

/** Makes ready for a setting's next value. Rejects with why it cannot be used here. */
export type Prepare<Key extends RuntimeSetting> = (value: RuntimeValues[Key], isChanged: boolean) => Promise<Prepared>;

export type SettingsState = ReturnType<typeof createSettingsState>;

/** The values in force at this replica: the configured ones, and over them those that an operator gave. */
export function createSettingsState(config: CoordinatorConfig) {
  const values = Object.fromEntries(RUNTIME_SETTINGS.map((key) => [key, config[key]])) as unknown as RuntimeValues;
  const changed = new Map<RuntimeSetting, unknown>();
  const problems = new Map<RuntimeSetting, string>();
  const preparations = new Map<RuntimeSetting, Prepare<RuntimeSetting>>();

  function put(key: RuntimeSetting, value: unknown): void {
    if (value === undefined) changed.delete(key);
    else changed.set(key, value);
    Object.assign(values, { [key]: value ?? config[key] });
    problems.delete(key);
  }

  return {
    /** The same object always: its fields change. */
    values: values as Readonly<RuntimeValues>,
    /** What operators gave, as far as it is in force. */
    changed: changed as ReadonlyMap<RuntimeSetting, unknown>,
    /** Why something that an operator gave is not in force here. */
    problems: problems as ReadonlyMap<RuntimeSetting, string>,
    prepareWith<Key extends RuntimeSetting>(key: Key, prepare: Prepare<Key>): void {
      preparations.set(key, prepare as unknown as Prepare<RuntimeSetting>);
    },
    /** `value`: undefined for the configured one. */
    async prepare(key: RuntimeSetting, value: unknown): Promise<Prepared> {
      const next = (value ?? config[key]) as RuntimeValues[RuntimeSetting];
      const prepared = await preparations.get(key)?.(next, value !== undefined);
      return {
        commit() {
          put(key, value);
          prepared?.commit();
        },
        discard: () => prepared?.discard(),
      };
    },
    /** What was given cannot be used here; the value in force stays. */
    refuse: (key: RuntimeSetting, reason: unknown) => void problems.set(key, describeCause(reason)),
    /** Back to the configured value, because what was given cannot be used here. */
    fallBack(key: RuntimeSetting, reason: unknown): void {
      put(key, undefined);
      problems.set(key, describeCause(reason));
    },
  };
}
