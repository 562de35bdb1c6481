import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from './prepare/prepare.mjs';
import { ROOT } from './prepare/root.mjs';
import { toolsPath } from './test/tools.mjs';

/** `node scripts/bench.mjs forward/main --quick`: builds, then runs test/bench/forward/main.ts with those flags and its exit code. */
const [module = '', ...args] = process.argv.slice(2);
await prepare();
const program = join(ROOT, 'test', 'dist', 'bench', `${module}.js`);
if (!existsSync(program)) {
  console.error(`There is no benchmark test/bench/${module}.ts; package.json names them all (npm run).`);
  process.exit(2);
}
const child = spawn(process.execPath, [program, ...args], { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...toolsPath() } });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
