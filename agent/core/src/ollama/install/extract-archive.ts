import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError, describeCause } from '@ollama-coordinator/common';
import { extract } from 'tar';
import { openPromise } from 'yauzl';

/** A release of Ollama is some gigabytes; an archive that grows beyond this is a trap. */
const MAX_BYTES = 32 * 1024 ** 3;
const MAX_ENTRIES = 100_000;

/**
 * Unpacks a .tgz or .zip into a folder. Nothing leaves the folder: `..`, absolute paths and links that point outside are refused.
 * Deletes the archive and throws BAD_ARCHIVE where it cannot be unpacked.
 */
export async function extractArchive(archive: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  try {
    await (archive.endsWith('.zip') ? extractZip(archive, folder) : extractTar(archive, folder));
  } catch (error) {
    await rm(archive, { force: true });
    throw new AppError('BAD_ARCHIVE', { details: { file: basename(archive), cause: describeCause(error) }, cause: error });
  }
}

async function extractTar(archive: string, folder: string): Promise<void> {
  const watch = createBounds();
  await extract({
    file: archive,
    cwd: folder,
    strict: true,
    preserveOwner: false,
    filter: (_path, entry) => {
      watch(entry.size ?? 0);
      return true;
    },
  });
}

/** yauzl refuses names that lead out of the folder, and makes no links. */
async function extractZip(archive: string, folder: string): Promise<void> {
  const watch = createBounds();
  const zip = await openPromise(archive);
  try {
    for await (const entry of zip.eachEntry()) {
      watch(entry.uncompressedSize);
      const target = join(folder, entry.fileName);
      if (entry.fileName.endsWith('/')) {
        await mkdir(target, { recursive: true });
        continue;
      }
      await mkdir(dirname(target), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { mode: 0o755 }));
    }
  } finally {
    zip.close();
  }
}

function createBounds(): (bytes: number) => void {
  let entries = 0;
  let total = 0;
  return (bytes) => {
    entries += 1;
    total += bytes;
    if (entries > MAX_ENTRIES || total > MAX_BYTES) throw new Error('it holds more than a release of Ollama does');
  };
}
