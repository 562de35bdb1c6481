import { existsSync, readFileSync } from 'node:fs';
import { parse as parseToml, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { AppError, describeCause } from '../errors/app-error.js';
import { settingMeta } from './setting.js';

type Shape = Record<string, z.ZodType>;

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values of command-line flags by setting key; undefined = not given. */
  readonly flags?: Readonly<Record<string, string | boolean | undefined>>;
  /** Name of the environment variable that may hold the path of a TOML file. */
  readonly fileEnv: string;
  /** The file that is read where that variable names none; it may be absent. */
  readonly usualFile?: string;
}

/** Where a setting's value comes from; the later of these wins. runtime: an operator changed it while the program ran. */
export type SettingSource = 'default' | 'file' | 'environment' | 'flag' | 'runtime';

export interface SettingOrigin {
  readonly source: SettingSource;
  /** As people know it: `/etc/coordinator.toml: port`, `COORDINATOR_PORT`, `--port`. */
  readonly name: string;
}

/** By setting key. A setting that nobody gave is not in it. */
export type SettingOrigins = ReadonlyMap<string, SettingOrigin>;

const RANKS: readonly SettingSource[] = ['default', 'file', 'environment', 'flag', 'runtime'];

/**
 * One program's configuration: defaults, then the TOML file, then the environment, then flags; the later wins.
 * Throws BAD_CONFIG with every problem, each with where the value came from.
 */
export function loadConfig<S extends z.ZodObject<Shape>>(schema: S, sources: ConfigSources): z.output<S> {
  return loadConfigWithOrigins(schema, sources).config;
}

/** The same, and where each value came from. */
export function loadConfigWithOrigins<S extends z.ZodObject<Shape>>(
  schema: S,
  sources: ConfigSources,
): { readonly config: z.output<S>; readonly origins: SettingOrigins } {
  const values = new Map<string, unknown>();
  const origins = new Map<string, SettingOrigin>();
  const problems: string[] = [];
  for (const given of [...readFile(schema, sources, problems), ...readEnvironment(schema, sources), ...readFlags(schema, sources)]) {
    values.set(given.key, given.value);
    origins.set(given.key, given.origin);
  }
  settleRivals(schema, values, origins, problems);
  const parsed = schema.safeParse(Object.fromEntries(values));
  for (const { path, message } of parsed.error?.issues ?? []) {
    const [key = '', ...inner] = path;
    problems.push(`${origins.get(String(key))?.name ?? String(key)}${innerPath(inner)}: ${message}`);
  }
  if (problems.length > 0 || !parsed.success)
    throw new AppError('BAD_CONFIG', { details: { problems: problems.map((line) => `  ${line}`).join('\n') } });
  return { config: parsed.data, origins };
}

interface Given {
  readonly key: string;
  readonly value: unknown;
  readonly origin: SettingOrigin;
}

function readFile(schema: z.ZodObject<Shape>, { env, fileEnv, usualFile }: ConfigSources, problems: string[]): readonly Given[] {
  const path = env[fileEnv] || (usualFile !== undefined && existsSync(usualFile) ? usualFile : '');
  if (path === '') return [];
  const byTomlKey = new Map(Object.keys(schema.shape).map((key) => [tomlKey(key), key]));
  return Object.entries(readTomlFile(path)).flatMap(([name, value]) => {
    const key = byTomlKey.get(name);
    if (key !== undefined) return [{ key, value, origin: { source: 'file' as const, name: `${path}: ${name}` } }];
    problems.push(`${path}: "${name}" is not a setting`);
    return [];
  });
}

function readEnvironment(schema: z.ZodObject<Shape>, sources: ConfigSources): readonly Given[] {
  return Object.entries(schema.shape).flatMap(([key, leaf]) => {
    const { env } = settingMeta(leaf);
    const value = env === undefined ? undefined : sources.env[env];
    return env === undefined || value === undefined || value === '' ? [] : [{ key, value, origin: { source: 'environment', name: env } }];
  });
}

function readFlags(schema: z.ZodObject<Shape>, { flags = {} }: ConfigSources): readonly Given[] {
  return Object.entries(flags).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value, origin: { source: 'flag', name: `--${flagName(key, schema)}` } }],
  );
}

/** Of two settings that say the same in two ways, the one from the later source stays; both from one source are a problem. */
function settleRivals(
  schema: z.ZodObject<Shape>,
  values: Map<string, unknown>,
  origins: Map<string, SettingOrigin>,
  problems: string[],
): void {
  for (const [key, leaf] of Object.entries(schema.shape)) {
    const rival = settingMeta(leaf).insteadOf;
    const [own, other] = [origins.get(key), rival === undefined ? undefined : origins.get(rival)];
    if (!own || !other || rival === undefined || isEmpty(values.get(key)) || isEmpty(values.get(rival))) continue;
    if (own.source === other.source) problems.push(`${own.name}: stands beside "${tomlKey(rival)}"; give one of them, not both`);
    const loser = RANKS.indexOf(own.source) < RANKS.indexOf(other.source) ? key : rival;
    values.delete(loser);
    origins.delete(loser);
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** `[nas]`, `[0].weight`. */
export function innerPath(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (index === 0 || typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`)).join('');
}

/** `agentTtlMs` → `agent_ttl_ms`, the name in a TOML file. */
export function tomlKey(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The command-line flag of a setting, without dashes. */
export function flagName(key: string, schema: z.ZodObject<Shape>): string {
  const leaf = schema.shape[key];
  return (leaf && settingMeta(leaf).flag) ?? tomlKey(key).replaceAll('_', '-');
}

/** Throws BAD_CONFIG. */
export function readTomlFile(path: string): Record<string, unknown> {
  try {
    return parseToml(readFileSync(path, 'utf8'));
  } catch (cause) {
    const where = cause instanceof TomlError ? ` line ${cause.line}, column ${cause.column}` : '';
    throw new AppError('BAD_CONFIG', { details: { problems: `  ${path}:${where} ${describeCause(cause).split('\n')[0]}` }, cause });
  }
}
