import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, describeCause } from '@ollama-coordinator/common';
import type { Bandwidth } from './bandwidth.js';
import { type AskPeerOptions, openBlob, sourceFailed } from './peer.js';
import { blobPath, type StoredLayer, sizeOfFile } from './stored-model.js';

export interface FetchBlobOptions extends AskPeerOptions {
  readonly folder: string;
  readonly layer: StoredLayer;
  readonly incoming: Bandwidth;
  readonly agentName: string;
  readonly onBytes: (completed: number) => void;
}

/** Failures of the file system that say that this folder is not ours to write to. */
const NOT_OURS = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * Brings one blob into Ollama's folder: continued where an earlier try broke off, under its own name only once its digest is right.
 * What is begun lies in a file that Ollama removes at its next start. Throws COPY_SOURCE_FAILED, COPY_UNAVAILABLE and NOT_ENOUGH_DISK.
 */
export async function fetchBlob(options: FetchBlobOptions): Promise<void> {
  const { folder, layer, signal, onBytes } = options;
  const path = blobPath(folder, layer.digest);
  const partial = `${path}-copy`;
  let begun = (await sizeOfFile(partial)) ?? 0;
  if (begun > layer.size) {
    await rm(partial);
    begun = 0;
  }
  const hash = createHash('sha256');
  if (begun > 0) await pipeline(createReadStream(partial), hashing(hash), sink(), { signal });
  onBytes(begun);
  if (begun < layer.size) await fetchRest(options, { partial, begun, hash });
  else if (layer.size === 0) await pipeline([], createWriteStream(partial));
  if (`sha256:${hash.digest('hex')}` !== layer.digest) {
    await rm(partial, { force: true });
    throw sourceFailed(options, `${layer.digest.slice(7, 19)} does not have the digest that it should have`);
  }
  await chmod(partial, 0o644);
  await rename(partial, path);
}

async function fetchRest(
  options: FetchBlobOptions,
  { partial, begun, hash }: { readonly partial: string; readonly begun: number; readonly hash: Hash },
): Promise<void> {
  const { layer, incoming, signal, onBytes } = options;
  const response = await openBlob(options, layer.digest, begun);
  let completed = begun;
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      completed += chunk.length;
      onBytes(Math.min(completed, layer.size));
      done(null, chunk);
    },
  });
  let writing: NodeJS.ErrnoException | undefined;
  const file = createWriteStream(partial, { flags: 'a' }).on('error', (error) => {
    writing = error;
  });
  try {
    await pipeline(response, incoming.pass(), hashing(hash), counting, file, { signal });
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw writing ? cannotWrite(options, writing) : sourceFailed(options, describeCause(cause), cause);
  }
  if (completed !== layer.size) throw sourceFailed(options, `it sent ${completed} of ${layer.size} bytes`);
}

/** Passes everything on, and into the hash. */
function hashing(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}

function sink(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

export function cannotWrite({ agentName }: Pick<FetchBlobOptions, 'agentName'>, error: NodeJS.ErrnoException): AppError {
  const reason = describeCause(error);
  if (error.code === 'ENOSPC')
    return new AppError('PULL_REFUSED', { details: { reason: `no space left on device, on agent "${agentName}"` } });
  if (NOT_OURS.has(error.code ?? '')) return new AppError('COPY_UNAVAILABLE', { details: { agent: agentName, reason }, cause: error });
  return new AppError('PULL_FAILED', { details: { reason }, cause: error });
}
