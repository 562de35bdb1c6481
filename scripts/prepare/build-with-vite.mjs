import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './root.mjs';
import { PrepareError, runQuietly } from './run-quietly.mjs';

/**
 * Has Vite build something, unless the last build was of the same sources and packages. `folder` holds the configurations that are named,
 * `sources` are all folders and files that go into it, `made` is a file that is there then; what it was built from is kept in `stamp`.
 */
export async function buildWithVite({ what, folder, configs, sources, output, made, stamp }) {
  const checksum = checksumOf([...sources, join(ROOT, 'package-lock.json')].flatMap(listFiles));
  if (existsSync(made) && existsSync(stamp) && readFileSync(stamp, 'utf8') === checksum) return;
  rmSync(output, { recursive: true, force: true });
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  for (const config of configs) {
    const args = [vite, 'build', '--config', config, '--logLevel', 'warn'];
    const { ok, output: said } = await runQuietly(process.execPath, args, { cwd: folder });
    if (!ok) throw new PrepareError(`${what} could not be built:\n${said}`);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, checksum);
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

function listFiles(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && entry.name !== 'dist')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => listFiles(join(path, entry.name)));
}
