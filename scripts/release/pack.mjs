import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../prepare/root.mjs';

/** Usage: node scripts/release/pack.mjs FOLDER. Packs every package that is published into the folder, as npm would publish it. */
const [folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: node scripts/release/pack.mjs FOLDER');
const read = (path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

// What is ours has a folder outside node_modules in the lock; the root is the empty one.
const ours = Object.keys(read('package-lock.json').packages).filter((path) => path !== '' && !/(^|\/)node_modules\//.test(path));
const published = ours.filter((path) => read(join(path, 'package.json')).private !== true);
mkdirSync(folder, { recursive: true });
const workspaces = published.flatMap((path) => ['--workspace', path]);
execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, ...workspaces], {
  cwd: ROOT,
  stdio: ['ignore', 'ignore', 'inherit'],
});
