import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError } from '@ollama-coordinator/common';

/** Unix socket paths end at 104 characters on macOS and 108 on Linux. */
const LONGEST_PATH = 100;

/**
 * Where the private server of a folder listens: in the folder itself, or in the temporary folder under a name made from
 * the folder's path, so that the next start finds it again. The socket's own folder is closed to other users.
 */
export function socketPathOf(folder: string): string {
  const inFolder = join(folder, 'redis.sock');
  if (Buffer.byteLength(inFolder) < LONGEST_PATH) return inFolder;
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return join(tmpdir(), `ollama-coordinator-${name}`, 'redis.sock');
}

/** Makes the socket's folder, for this user alone. Throws BAD_CONFIG where another user owns it: it could be a trap. */
export function makePrivateFolder(socketPath: string): void {
  const folder = dirname(socketPath);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(folder);
  if (uid !== process.getuid?.()) {
    throw new AppError('BAD_CONFIG', { details: { problems: `  the folder ${folder} belongs to another user; remove it` } });
  }
  chmodSync(folder, 0o700);
}
