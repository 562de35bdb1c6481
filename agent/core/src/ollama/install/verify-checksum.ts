import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@ollama-coordinator/common';

/** SHA-256 of a file as 64 hex digits. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

/** Deletes the file and throws CHECKSUM_MISMATCH where its SHA-256 is another one. */
export async function verifyChecksum(file: string, expected: string): Promise<void> {
  const found = await sha256Of(file);
  if (found === expected.toLowerCase()) return;
  await rm(file, { force: true });
  throw new AppError('CHECKSUM_MISMATCH', { details: { file: basename(file), found, expected: expected.toLowerCase() } });
}
