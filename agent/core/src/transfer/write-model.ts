import { constants } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ModelReport } from '@ollama-coordinator/common';
import type { Bandwidth } from './bandwidth.js';
import { cannotWrite, fetchBlob } from './fetch-blob.js';
import type { AskPeerOptions } from './peer.js';
import { blobPath, manifestPath, readStoredModel, type StoredModel, sizeOfFile } from './stored-model.js';

export interface WriteModelOptions extends AskPeerOptions {
  readonly folder: string;
  readonly model: StoredModel;
  readonly incoming: Bandwidth;
  readonly agentName: string;
  readonly onLayer: (digest: string, total: number, completed: number) => void;
  /** All blobs are there. */
  readonly onWriting: () => void;
}

/** Blobs that Ollama removed meanwhile (it started, or a model that shared them was deleted) are fetched again this often. */
const ROUNDS = 3;

/**
 * Puts a model into Ollama's folder: its blobs, then its manifest, byte for byte as at the other agent. Ollama lists it at once, under
 * the same digest. Throws what fetchBlob() throws.
 */
export async function writeModel(options: WriteModelOptions): Promise<void> {
  const { folder, model, agentName } = options;
  const path = manifestPath(folder, model.name);
  // Beside the blobs, since everything below `manifests` counts as a model.
  const draft = join(folder, 'blobs', `manifest-${model.digest}-copy`);
  try {
    await mkdir(join(folder, 'blobs'), { recursive: true });
    for (let round = 0; round < ROUNDS && (await fetchMissing(options)) > 0; round += 1);
    options.onWriting();
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, model.bytes, { mode: 0o644 });
    await rename(draft, path);
    // From here on Ollama keeps the blobs; one that went in the last moment is brought back.
    await fetchMissing(options);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    throw typeof code === 'string' && 'syscall' in (error as object) ? cannotWrite({ agentName }, error as NodeJS.ErrnoException) : error;
  }
}

/** Answers how many were missing. */
async function fetchMissing(options: WriteModelOptions): Promise<number> {
  const { folder, model, onLayer } = options;
  let missing = 0;
  for (const layer of model.layers) {
    const { digest, size } = layer;
    if ((await sizeOfFile(blobPath(folder, digest))) === size) {
      onLayer(digest, size, size);
      continue;
    }
    missing += 1;
    await fetchBlob({ ...options, layer, onBytes: (completed) => onLayer(digest, size, completed) });
  }
  return missing;
}

/**
 * Whether this agent may write into the folder, and the folder is that of this Ollama: it has a manifest with the digest that Ollama lists.
 * An Ollama without models proves nothing, unless its folder was named outright.
 */
export async function mayWriteInto(folder: string, models: readonly ModelReport[], isNamed: boolean): Promise<boolean> {
  if (!(await isWritable(join(folder, 'blobs'))) || !(await isWritable(join(folder, 'manifests')))) return false;
  if (models.length === 0) return isNamed;
  for (const { name, digest } of models) {
    const stored = await readStoredModel(folder, name).catch(() => undefined);
    if (stored !== undefined) return stored.digest === digest;
  }
  return false;
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    const parent = dirname(path);
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== path && isWritable(parent);
  }
}
