import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@ollama-coordinator/common';

/** SHA-256 of a file as 64 hex digits. */
export async function sha256Of(file: string): Promise<string> {
  const opened = await open(file, 'r');
  try {
    return await sha256OfOpened(opened);
  } finally {
    await opened.close();
  }
}

/** Deletes the file and throws CHECKSUM_MISMATCH where its SHA-256 is another one. `opened`: the same file, already open. */
export async function verifyChecksum(file: string, expected: string, opened?: FileHandle): Promise<void> {
  const found = opened === undefined ? await sha256Of(file) : await sha256OfOpened(opened);
  if (found === expected.toLowerCase()) return;
  await rm(file, { force: true });
  throw new AppError('CHECKSUM_MISMATCH', { details: { file: basename(file), found, expected: expected.toLowerCase() } });
}

async function sha256OfOpened(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(file.createReadStream({ autoClose: false, start: 0, highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}
