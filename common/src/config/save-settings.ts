import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'smol-toml';
import { AppError, describeCause } from '../errors/app-error.js';
import { readTomlFile, tomlKey } from './load.js';

/**
 * Writes settings into a TOML file beside those that it has; undefined takes one out. The file is replaced whole, and only its owner reads
 * it. Throws BAD_CONFIG where the file is damaged or cannot be written.
 */
export function saveSettings(path: string, settings: Readonly<Record<string, string | number | boolean | undefined>>): void {
  const before = existsSync(path) ? readTomlFile(path) : {};
  const changes = Object.entries(settings).map(([key, value]) => [tomlKey(key), value] as const);
  const merged = Object.entries({ ...before, ...Object.fromEntries(changes) }).filter(([, value]) => value !== undefined);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, stringify(Object.fromEntries(merged)), { mode: 0o600 });
    renameSync(draft, path);
  } catch (cause) {
    throw new AppError('BAD_CONFIG', { details: { problems: `  ${path}: ${describeCause(cause)}` }, cause });
  }
}
