import { stat } from 'node:fs/promises';
import { AppError, formatBytes } from '@ollama-coordinator/common';
import type { PullProgress } from '../ollama/pull-model.js';
import { blobPath, type StoredLayer, sizeOfFile } from './stored-model.js';

export interface RoomDeps {
  readonly agentName: string;
  /** Undefined where it cannot be told. */
  readonly freeBytes: () => Promise<number | undefined>;
}

/** What Ollama, and a copy from another agent, write a blob into before it is whole. */
const BEGUN = ['-partial', '-copy'];
const BLOCK_BYTES = 512;

/**
 * Throws NOT_ENOUGH_DISK where what the folder lacks of the layers is more than is free; what an earlier try began counts as there. Nothing where
 * that is not known.
 */
export async function checkRoom(model: string, layers: readonly StoredLayer[], folder: string | undefined, deps: RoomDeps): Promise<void> {
  const free = await deps.freeBytes();
  if (free === undefined || folder === undefined) return;
  let needed = 0;
  for (const { digest, size } of layers) {
    const path = blobPath(folder, digest);
    const there = await sizeOfFile(path).catch(() => undefined);
    if (there !== size) needed += size - Math.min(size, await begunBytes(path));
  }
  if (needed > free) throw notEnough(model, needed, free, deps);
}

/** By what it takes on the disk: Ollama gives such a file its full length at once. */
async function begunBytes(path: string): Promise<number> {
  const sizes = BEGUN.map((ending) =>
    stat(path + ending).then(
      ({ size, blocks }) => Math.min(size, blocks * BLOCK_BYTES),
      () => 0,
    ),
  );
  return Math.max(...(await Promise.all(sizes)));
}

/** Looks at the disk whenever a layer is first named, against what all layers named so far still need. */
export function watchRoom(model: string, deps: RoomDeps, onFull: (error: AppError) => void): (progress: PullProgress) => void {
  const missing = new Map<string, number>();
  return (progress) => {
    if (progress.type !== 'layer') return;
    const isFresh = !missing.has(progress.digest);
    missing.set(progress.digest, progress.total - progress.completed);
    if (!isFresh) return;
    void deps.freeBytes().then((free) => {
      const needed = [...missing.values()].reduce((sum, bytes) => sum + bytes, 0);
      if (free !== undefined && needed > free) onFull(notEnough(model, needed, free, deps));
    });
  };
}

function notEnough(model: string, needed: number, free: number, { agentName: agent }: RoomDeps): AppError {
  return new AppError('NOT_ENOUGH_DISK', { details: { model, agent, needed: formatBytes(needed), free: formatBytes(free) } });
}
