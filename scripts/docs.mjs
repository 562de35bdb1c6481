import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkNode } from './prepare/check-node.mjs';
import { installDependencies } from './prepare/install-dependencies.mjs';
import { ROOT } from './prepare/root.mjs';

/** `npm run docs:build` makes the site of docs/ in docs/.vitepress/dist; `npm run docs:dev` shows it while it is written. */
const DOCS = join(ROOT, 'docs');

checkNode();
await installDependencies(console.log, DOCS);
const vitepress = join(DOCS, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
const child = spawn(process.execPath, [vitepress, process.argv[2] ?? 'build', DOCS], { cwd: ROOT, stdio: 'inherit' });
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
