import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './prepare/root.mjs';

/**
 * Usage: node scripts/pack-image.mjs PROGRAM OUT
 * Copies what PROGRAM (coordinator, agent) needs to run, of an install made for it alone: node_modules, and of our own packages
 * what each of them publishes.
 */
const [program, out] = process.argv.slice(2);
if (!out) throw new Error('usage: node scripts/pack-image.mjs coordinator|agent OUT');

/** Types, sources and maps are for people who program; they are half of the bytes. */
const NOT_NEEDED = /\.(d\.[cm]?ts|map|md|markdown)$/;

mkdirSync(out, { recursive: true });
copy('package.json');
copy('node_modules');
for (const folder of ownPackages(`@ollama-coordinator/${program}`)) {
  copy(join(folder, 'package.json'));
  if (existsSync(join(ROOT, folder, 'node_modules'))) copy(join(folder, 'node_modules'));
  for (const file of manifestOf(folder).files) if (existsSync(join(ROOT, folder, file))) copy(join(folder, file));
}

/** Folders of our packages that the named one depends on, itself included. */
function ownPackages(name, found = new Map()) {
  const folder = workspaces().find((candidate) => manifestOf(candidate).name === name);
  if (folder === undefined || found.has(name)) return found.values();
  found.set(name, folder);
  for (const dependency of Object.keys(manifestOf(folder).dependencies ?? {})) ownPackages(dependency, found);
  return found.values();
}

function workspaces() {
  const { workspaces: patterns } = manifestOf('.');
  return patterns.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(ROOT, parent))
      .map((entry) => join(parent, entry))
      .filter((folder) => existsSync(join(ROOT, folder, 'package.json')));
  });
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
}

/** Links to our own packages stay links: they lead to the same places in the copy. */
function copy(path) {
  cpSync(join(ROOT, path), join(out, path), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !NOT_NEEDED.test(relative(ROOT, source)),
  });
}
