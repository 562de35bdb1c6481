import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './root.mjs';
import { PrepareError, runQuietly } from './run-quietly.mjs';

const SOURCES = join(ROOT, 'coordinator', 'dashboard');
/** The page shares the state it shows with the server side. */
const SHARED_SOURCES = join(ROOT, 'coordinator', 'src', 'dashboard');
const OUTPUT = join(ROOT, 'coordinator', 'dist', 'dashboard-page');
/** What the page was built from, as a checksum beside the output. */
const STAMP = join(ROOT, 'coordinator', 'dist', 'dashboard-page.sha256');

/** Builds the dashboard's page when its sources, or the packages that it is made with, differ from the last build's. */
export async function buildDashboard() {
  if (!existsSync(join(SOURCES, 'vite.config.ts'))) return;
  const checksum = checksumOf([...listFiles(SOURCES), ...listFiles(SHARED_SOURCES), join(ROOT, 'package-lock.json')]);
  if (existsSync(join(OUTPUT, 'index.html')) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === checksum) return;
  rmSync(join(OUTPUT, 'assets'), { recursive: true, force: true });
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  const { ok, output } = await runQuietly(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: SOURCES });
  if (!ok) throw new PrepareError(`The dashboard could not be built:\n${output}`);
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, checksum);
}

function checksumOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(`${relative(ROOT, path)}\0`)
      .update(readFileSync(path))
      .update('\0');
  return hash.digest('hex');
}

function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && entry.name !== 'dist')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? listFiles(join(folder, entry.name)) : [join(folder, entry.name)]));
}
