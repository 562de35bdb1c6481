import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Folder of the coordinator package: its own dependencies are looked for first. */
const COORDINATOR_DIR = dirname(fileURLToPath(import.meta.url));
const CONDITIONS = ['node', 'import', 'module-sync', 'default'];

/** Where a plugin was found, or everything that was tried. */
export type ResolvedPlugin = { readonly url: string } | { readonly tried: readonly string[] };

/**
 * Finds a plugin: a short name is `@ollama-coordinator/balancer-<name>` or a package of that very name; anything else is a
 * package name, a path (relative to the first of `from`) or a file URL. Packages are looked for as Node does, from the
 * coordinator and then from each folder of `from`. A package or folder may be ESM only.
 */
export function resolvePlugin(name: string, from: readonly string[]): ResolvedPlugin {
  if (name.startsWith('file:')) return resolvePath(fileURLToPath(name));
  if (/^\.{1,2}([/\\]|$)/.test(name) || isAbsolute(name)) return resolvePath(resolve(from[0] ?? '.', name));
  const packages = /^[a-z0-9][a-z0-9._-]*$/.test(name) ? [`@ollama-coordinator/balancer-${name}`, name] : [name];
  for (const packageName of packages) {
    for (const folder of [COORDINATOR_DIR, ...from]) {
      const file = resolvePackage(packageName, folder);
      if (file !== undefined) return { url: pathToFileURL(file).href };
    }
  }
  return { tried: [...packages, ...from.map((folder) => join(folder, 'node_modules'))] };
}

function resolvePath(path: string): ResolvedPlugin {
  const file = existsSync(path) && statSync(path).isDirectory() ? entryOfFolder(path) : path;
  return file !== undefined && existsSync(file) ? { url: pathToFileURL(file).href } : { tried: [path] };
}

function resolvePackage(packageName: string, folder: string): string | undefined {
  const { resolve: resolveFrom } = createRequire(join(folder, 'package.json'));
  for (const root of resolveFrom.paths(packageName) ?? []) {
    const file = entryOfFolder(join(root, packageName));
    if (file !== undefined && existsSync(file)) return file;
  }
  return undefined;
}

/** What `import` of the package in this folder would load; undefined where there is none. */
function entryOfFolder(folder: string): string | undefined {
  const manifestFile = join(folder, 'package.json');
  if (!existsSync(manifestFile)) {
    const index = join(folder, 'index.js');
    return existsSync(index) ? index : undefined;
  }
  const { exports, main } = JSON.parse(readFileSync(manifestFile, 'utf8')) as { exports?: unknown; main?: unknown };
  const target = targetOf(isSubpathTable(exports) ? exports['.'] : exports) ?? (typeof main === 'string' ? main : 'index.js');
  return join(folder, target);
}

function isSubpathTable(exports: unknown): exports is Record<string, unknown> {
  return typeof exports === 'object' && exports !== null && '.' in exports;
}

/** The file of an `exports` entry under the conditions of an ESM import. Source: nodejs.org/api/packages.html#conditional-exports */
function targetOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry;
  if (Array.isArray(entry)) return entry.map(targetOf).find((target) => target !== undefined);
  if (typeof entry !== 'object' || entry === null) return undefined;
  for (const [condition, inner] of Object.entries(entry)) {
    const target = CONDITIONS.includes(condition) ? targetOf(inner) : undefined;
    if (target !== undefined) return target;
  }
  return undefined;
}
