import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepare } from './prepare/prepare.mjs';
import { ROOT } from './prepare/root.mjs';

/** `npm run simulate -- --seed 123` replays one schedule, `-- --schedules 100000` runs many; both build first. */
await prepare();
const program = join(ROOT, 'test', 'dist', 'simulation', 'main.js');
const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { cwd: ROOT, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
