import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './prepare/prepare.mjs';
import { ROOT } from './prepare/root.mjs';
import { toolsPath } from './test/tools.mjs';

/** `npm run bench:<name> -- flags`: builds, then runs test/bench/<name>/main.ts with those flags and its exit code. */
const [name = '', ...args] = process.argv.slice(2);
const benches = readdirSync(join(ROOT, 'test', 'bench'), { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && entry.name !== 'support' ? [entry.name] : [],
);
if (!benches.includes(name)) {
  console.error(`There is no benchmark "${name}"; there are ${benches.join(', ')}.`);
  process.exit(2);
}
await prepare();
const child = spawn(process.execPath, [join(ROOT, 'test', 'dist', 'bench', name, 'main.js'), ...args], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, ...toolsPath() },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
