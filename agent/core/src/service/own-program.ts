import { realpathSync } from 'node:fs';
import { isSea } from 'node:sea';

/** How this very program is started again: the single file alone, else Node with the script. */
export function ownProgram(): readonly string[] {
  const [, script = ''] = process.argv;
  return isSea() ? [process.execPath] : [process.execPath, realpathSync(script)];
}
