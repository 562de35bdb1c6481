import {
  type CoordinatorConfig,
  coordinatorConfigSchema,
  type RuntimeSetting,
  type SettingOrigins,
  type ShownSetting,
  settingMeta,
  tomlKey,
} from '@ollama-coordinator/common';

export interface SettingsInForce {
  readonly config: CoordinatorConfig;
  readonly origins: SettingOrigins;
  /** What operators changed. */
  readonly changed: ReadonlyMap<RuntimeSetting, unknown>;
  /** Why a change could not be adopted here. */
  readonly problems: ReadonlyMap<RuntimeSetting, string>;
}

const MASK = '***';

/** Every setting with its value, where that comes from, and no secret. Pure. */
export function showSettings({ config, origins, changed, problems }: SettingsInForce): ShownSetting[] {
  return Object.entries(coordinatorConfigSchema.shape).map(([name, leaf]) => {
    const key = name as keyof CoordinatorConfig;
    const { description, unit, secret = false, runtime = false } = settingMeta(leaf);
    const origin = origins.get(key);
    const isChanged = changed.has(key as RuntimeSetting);
    const configured = isReplaced(key, config, changed) ? undefined : mask(config[key], secret);
    const value = isChanged ? mask(changed.get(key as RuntimeSetting), secret) : configured;
    const problem = problems.get(key as RuntimeSetting);
    return {
      name: tomlKey(key),
      ...(value === undefined ? {} : { value }),
      source: isChanged ? 'runtime' : (origin?.source ?? 'default'),
      ...(origin === undefined ? {} : { origin: origin.name }),
      ...(isChanged && configured !== undefined ? { configured } : {}),
      runtime,
      secret,
      ...(unit === undefined ? {} : { unit }),
      description,
      ...(problem === undefined ? {} : { problem }),
    };
  });
}

/** One balancer and its options count for nothing beside a list of several. */
function isReplaced(key: keyof CoordinatorConfig, config: CoordinatorConfig, changed: SettingsInForce['changed']): boolean {
  return (key === 'balancer' || key === 'balancerOptions') && (changed.has('balancers') || config.balancers.length > 0);
}

/** Secrets whole, and what stands before the @ of an address. */
function mask(value: unknown, isSecret: boolean): unknown {
  if (value === undefined) return undefined;
  if (isSecret) return MASK;
  return JSON.parse(JSON.stringify(value), (_key, inner: unknown) =>
    typeof inner === 'string' ? inner.replace(/(^[a-z+]+:\/\/)[^/@]*@/i, `$1${MASK}@`) : inner,
  );
}
