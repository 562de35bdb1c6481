import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../prepare/root.mjs';
import { PrepareError, runQuietly } from '../prepare/run-quietly.mjs';
import { COMPLETIONS } from './complete-msi.mjs';

/** Makes the installer of the ollama-agent.exe in `folder`, beside it, with wixl and msibuild (Debian: wixl, msitools). Resolves with its path. */
export async function makeMsi({ folder, version, file = 'ollama-agent.msi' }) {
  const msi = join(folder, file);
  rmSync(msi, { force: true });
  const source = join(ROOT, 'agent', 'installer.wxs');
  // wixl looks for the program in the folder that it runs in.
  await run('wixl', ['-a', 'x64', '-D', `Version=${version}`, '-o', msi, source], { cwd: folder });
  await run('msibuild', [msi, ...COMPLETIONS.flatMap((query) => ['-q', query])]);
  return msi;
}

async function run(program, args, options) {
  const { ok, output } = await runQuietly(program, args, options);
  if (!ok) throw new PrepareError(`The installer could not be made (${program}):\n${output}`);
}
