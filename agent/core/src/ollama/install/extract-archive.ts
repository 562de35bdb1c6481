import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError, describeCause } from '@ollama-coordinator/common';
import { extract, type ReadEntry } from 'tar';
import { fromFdPromise } from 'yauzl';
import { refuseEntry } from './refuse-entry.js';
import { verifyChecksum } from './verify-checksum.js';

/** A release of Ollama is some gigabytes; an archive that grows beyond this is a trap. */
const MAX_BYTES = 32 * 1024 ** 3;
const MAX_ENTRIES = 100_000;
/** What tar calls files and folders. */
const PLAIN = new Set<string>(['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir']);

/**
 * Unpacks a .tgz or .zip into a folder, after it was seen to have the SHA-256 `expected` (undefined: it is not verified). Both read the
 * one file that was opened, so that none put in its place meanwhile is unpacked. Nothing leaves the folder: see refuseEntry(). Deletes the
 * archive and throws CHECKSUM_MISMATCH or BAD_ARCHIVE where it is not to be trusted, or cannot be unpacked.
 */
export async function extractArchive(archive: string, folder: string, expected: string | undefined, onVerified: () => void): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await open(archive, 'r');
  try {
    if (expected !== undefined) await verifyChecksum(archive, expected, file);
    onVerified();
    await (archive.endsWith('.zip') ? extractZip(file, folder) : extractTar(file, folder));
  } catch (error) {
    await rm(archive, { force: true });
    if (error instanceof AppError) throw error;
    throw new AppError('BAD_ARCHIVE', { details: { file: basename(archive), cause: describeCause(error) }, cause: error });
  } finally {
    await file.close();
  }
}

async function extractTar(file: FileHandle, folder: string): Promise<void> {
  const watch = createBounds();
  let refused: Error | undefined;
  const filter = (_path: string, entry: ReadEntry | object): boolean => {
    refused ??= problemOf(entry as ReadEntry, watch);
    return refused === undefined;
  };
  const unpack = extract({ cwd: folder, strict: true, preserveOwner: false, filter });
  await new Promise<void>((resolve, reject) => {
    unpack.on('close', resolve).on('error', reject);
    file.createReadStream({ autoClose: false, start: 0 }).on('error', reject).pipe(unpack);
  }).catch((error) => {
    throw refused ?? error;
  });
  if (refused !== undefined) throw refused;
}

function problemOf({ path, linkpath, type, size = 0 }: ReadEntry, watch: (bytes: number) => string | undefined): Error | undefined {
  const isLink = type === 'SymbolicLink' || type === 'Link';
  const isSpecial = !isLink && !PLAIN.has(type);
  const link = isLink && linkpath !== undefined ? { to: linkpath, from: type === 'Link' ? '' : posix.dirname(path) } : undefined;
  const reason = refuseEntry({ path, link, isSpecial }) ?? watch(size);
  return reason === undefined ? undefined : new Error(reason);
}

/** yauzl makes no links. */
async function extractZip(file: FileHandle, folder: string): Promise<void> {
  const watch = createBounds();
  const zip = await fromFdPromise(file.fd, { autoClose: false, strictFileNames: true });
  for await (const entry of zip.eachEntry()) {
    const reason = refuseEntry({ path: entry.fileName }) ?? watch(entry.uncompressedSize);
    if (reason !== undefined) throw new Error(reason);
    const target = join(folder, entry.fileName);
    if (entry.fileName.endsWith('/')) {
      await mkdir(target, { recursive: true });
      continue;
    }
    await mkdir(dirname(target), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { mode: 0o755 }));
  }
}

/** Why an archive that holds so much is refused. */
function createBounds(): (bytes: number) => string | undefined {
  let entries = 0;
  let total = 0;
  return (bytes) => {
    entries += 1;
    total += bytes;
    return entries > MAX_ENTRIES || total > MAX_BYTES ? 'it holds more than a release of Ollama does' : undefined;
  };
}
