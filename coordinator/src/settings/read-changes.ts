import { AppError, coordinatorConfigSchema, innerPath, RUNTIME_SETTINGS, type RuntimeSetting, tomlKey } from '@ollama-coordinator/common';

/** Setting → its next value; undefined: back to the configured one. */
export type Changes = ReadonlyMap<RuntimeSetting, unknown>;

/** By its name in TOML. */
const BY_NAME: ReadonlyMap<string, RuntimeSetting> = new Map(RUNTIME_SETTINGS.map((key) => [tomlKey(key), key]));

/** What an operator asks for. Throws BAD_REQUEST with every problem, each with its path. Pure. */
export function readPatch(patch: Readonly<Record<string, unknown>>): Changes {
  const changes = new Map<RuntimeSetting, unknown>();
  const problems: string[] = [];
  for (const [name, given] of Object.entries(patch)) {
    const key = BY_NAME.get(name);
    if (key === undefined) problems.push(isSetting(name) ? `${name}: takes effect at a start only` : `"${name}" is not a setting`);
    else if (given === null) changes.set(key, undefined);
    else {
      const { value, problem } = readValue(key, given);
      if (problem !== undefined) problems.push(problem);
      else changes.set(key, value);
    }
  }
  if (changes.size === 0 && problems.length === 0) problems.push('it names no setting');
  if (problems.length > 0) throw new AppError('BAD_REQUEST', { details: { reason: problems.join('; ') } });
  return changes;
}

/** What Redis has; undefined where it has nothing. Throws where another version of this program wrote what this one does not know. */
export function readStored(key: RuntimeSetting, json: string | undefined): unknown {
  if (json === undefined) return undefined;
  const { value, problem } = readValue(key, JSON.parse(json));
  if (problem !== undefined) throw new Error(problem);
  return value;
}

function readValue(key: RuntimeSetting, given: unknown): { readonly value?: unknown; readonly problem?: string } {
  const name = tomlKey(key);
  if (Array.isArray(given) && given.length === 0) return { problem: `${name}: must not be empty; null goes back to what is configured` };
  const parsed = coordinatorConfigSchema.shape[key].safeParse(given);
  if (parsed.success) return { value: parsed.data };
  return { problem: parsed.error.issues.map(({ path, message }) => `${name}${innerPath(path)}: ${message}`).join('; ') };
}

function isSetting(name: string): boolean {
  return Object.keys(coordinatorConfigSchema.shape).some((key) => tomlKey(key) === name);
}
