import { writeFile } from 'node:fs/promises';
import { agentVersion } from '../version.js';
import { READY_FILE } from './prove-program.js';

/** Tells the version before, which started this one, that it is registered. Who waits there looks at nothing else, so a failure is told by silence. */
export async function sayReady(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const file = env[READY_FILE];
  if (file !== undefined) await writeFile(file, agentVersion()).catch(() => undefined);
}
