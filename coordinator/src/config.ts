import { type CoordinatorConfig, coordinatorConfigSchema, loadConfig } from '@ollama-coordinator/common';

/** This program's configuration: defaults, then TOML, then the environment, then flags. Throws BAD_CONFIG. */
export function loadCoordinatorConfig(
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
): CoordinatorConfig {
  return loadConfig(coordinatorConfigSchema, { env, flags, fileEnv: 'COORDINATOR_CONFIG' });
}
