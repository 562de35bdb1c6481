import {
  type CoordinatorConfig,
  coordinatorConfigSchema,
  loadConfig,
  loadConfigWithOrigins,
  type SettingOrigins,
} from '@ollama-coordinator/common';

type Env = Readonly<Record<string, string | undefined>>;
type Flags = Readonly<Record<string, string | undefined>>;

const FILE_ENV = 'COORDINATOR_CONFIG';

/** This program's configuration: defaults, then TOML, then the environment, then flags. Throws BAD_CONFIG. */
export function loadCoordinatorConfig(env: Env, flags: Flags = {}): CoordinatorConfig {
  return loadConfig(coordinatorConfigSchema, { env, flags, fileEnv: FILE_ENV });
}

/** The same, and where each value came from. */
export function loadCoordinatorSettings(
  env: Env,
  flags: Flags = {},
): { readonly config: CoordinatorConfig; readonly origins: SettingOrigins } {
  return loadConfigWithOrigins(coordinatorConfigSchema, { env, flags, fileEnv: FILE_ENV });
}
