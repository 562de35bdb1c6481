import { readFileSync } from 'node:fs';
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
}

/**
 * One program's configuration: defaults, then the TOML file, then the environment, then flags; the later wins.
 * Throws BAD_CONFIG with every problem, each with where the value came from.
 */
export function loadConfig<S extends z.ZodObject<Shape>>(schema: S, sources: ConfigSources): z.output<S> {
  const origins = new Map<string, string>();
  const values: Record<string, unknown> = {};
  const take = (key: string, value: unknown, origin: string) => {
    values[key] = value;
    origins.set(key, origin);
  };
  const problems: string[] = [];
  const path = sources.env[sources.fileEnv];
  if (path) {
    const byTomlKey = new Map(Object.keys(schema.shape).map((key) => [tomlKey(key), key]));
    for (const [name, value] of Object.entries(readTomlFile(path))) {
      const key = byTomlKey.get(name);
      if (key === undefined) problems.push(`${path}: "${name}" is not a setting`);
      else take(key, value, `${path}: ${name}`);
    }
  }
  for (const [key, leaf] of Object.entries(schema.shape)) {
    const { env } = settingMeta(leaf);
    const value = env === undefined ? undefined : sources.env[env];
    if (env !== undefined && value !== undefined && value !== '') take(key, value, env);
  }
  for (const [key, value] of Object.entries(sources.flags ?? {})) {
    if (value !== undefined) take(key, value, `--${flagName(key, schema)}`);
  }
  const parsed = schema.safeParse(values);
  for (const issue of parsed.error?.issues ?? []) {
    const key = String(issue.path[0] ?? '');
    const inner = issue.path
      .slice(1)
      .map((part) => `[${String(part)}]`)
      .join('');
    problems.push(`${origins.get(key) ?? key}${inner}: ${issue.message}`);
  }
  if (problems.length > 0 || !parsed.success)
    throw new AppError('BAD_CONFIG', { details: { problems: problems.map((line) => `  ${line}`).join('\n') } });
  return parsed.data;
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

function readTomlFile(path: string): Record<string, unknown> {
  try {
    return parseToml(readFileSync(path, 'utf8'));
  } catch (cause) {
    const where = cause instanceof TomlError ? ` line ${cause.line}, column ${cause.column}` : '';
    throw new AppError('BAD_CONFIG', { details: { problems: `  ${path}:${where} ${describeCause(cause).split('\n')[0]}` }, cause });
  }
}
