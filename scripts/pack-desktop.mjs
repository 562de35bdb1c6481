import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './prepare/prepare.mjs';
import { ROOT } from './prepare/root.mjs';
import { runQuietly } from './prepare/run-quietly.mjs';

/**
 * `npm run desktop:bundle [FOLDER]`: puts together what electron-builder packs: the program as one bundle, its preload script, page and icons,
 * and a package.json. Default: agent/desktop/dist/bundle.
 */
const DESKTOP = join(ROOT, 'agent', 'desktop');
const out = process.argv[2] ?? join(DESKTOP, 'dist', 'bundle');

await prepare();
rmSync(out, { recursive: true, force: true });
const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
const args = [vite, 'build', '--config', 'bundle.vite.config.ts', '--outDir', join(out, 'program'), '--logLevel', 'warn'];
const { ok, output } = await runQuietly(process.execPath, args, { cwd: DESKTOP });
if (!ok) throw new Error(`the program could not be bundled:\n${output}`);
for (const folder of ['preload', 'page', 'icons']) cpSync(join(DESKTOP, 'dist', folder), join(out, folder), { recursive: true });
cpSync(join(ROOT, 'LICENSE'), join(out, 'LICENSE'));
const { version, description, license } = JSON.parse(readFileSync(join(DESKTOP, 'package.json'), 'utf8'));
const manifest = { name: 'ollama-coordinator-desktop', version, description, license, author: 'Ollama Coordinator contributors' };
writeFileSync(
  join(out, 'package.json'),
  `${JSON.stringify({ ...manifest, ...home(), type: 'module', main: 'program/main.js' }, null, 2)}\n`,
);

/** The repository that builds it, as its workflow knows it: installed copies look there for newer versions, and Debian wants a home page. */
function home() {
  const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_REPOSITORY: repository } = process.env;
  return repository === undefined ? {} : { homepage: `${server}/${repository}`, repository: `${server}/${repository}` };
}
