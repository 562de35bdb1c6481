import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ModelsFolder } from './models-folder.js';

/** The download of one blob, shared by the pulls that want it. */
export interface Download {
  readonly done: Promise<void>;
  completed(): number;
  /** After it is done: why it failed. */
  error(): string | undefined;
  /** When the last one leaves, the download ends, and what came stays for the next. */
  leave(): void;
}

/** Ollama tries six times, waiting 1 s, 2 s … between; here it waits less. */
const TRIES = 6;
const FIRST_WAIT_MS = 10;

class GivenUp extends Error {}

/** Downloads into a models folder: continued from a partial file where there is one, each blob once at a time. */
export function createBlobDownloads(folder: ModelsFolder) {
  const running = new Map<string, ReturnType<typeof startDownload>>();
  const fresh = new Set<string>();

  return {
    join(digest: string, size: number, url: string): Download {
      let download = running.get(digest);
      if (download === undefined) {
        download = startDownload(folder.blobPath(digest), size, url);
        running.set(digest, download);
        void download.done.then(() => running.delete(digest));
        fresh.add(digest);
      }
      return download.join();
    },
    /** Only what was downloaded is verified; a mismatch removes it. */
    verify(digest: string): string | undefined {
      if (!fresh.delete(digest)) return undefined;
      const path = folder.blobPath(digest);
      const real = `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
      if (real === digest) return undefined;
      rmSync(path);
      return `digest mismatch, file must be downloaded again: want ${digest}, got ${real}`;
    },
  };
}

function startDownload(path: string, size: number, url: string) {
  const partial = `${path}-partial`;
  const leaving = new AbortController();
  let completed = existsSync(partial) ? statSync(partial).size : 0;
  let users = 0;
  let error: string | undefined;

  async function fetchRest(): Promise<void> {
    const file = openSync(partial, 'a');
    try {
      const response = await fetch(url, { headers: { range: `bytes=${completed}-${size - 1}` }, signal: leaving.signal });
      if (response.status !== 206) throw new Error(`unexpected status code ${response.status}`);
      for await (const chunk of response.body ?? []) {
        completed += writeAll(file, chunk, partial);
      }
      if (completed < size) throw new Error('unexpected EOF');
    } finally {
      closeSync(file);
    }
  }

  async function run(): Promise<void> {
    for (let attempt = 0; completed < size; attempt += 1) {
      try {
        await fetchRest();
      } catch (failure) {
        if (leaving.signal.aborted) throw new GivenUp('context canceled');
        if (failure instanceof GivenUp) throw failure;
        if (attempt + 1 >= TRIES) throw new Error(`max retries exceeded: ${(failure as Error).message}`);
        await pause(FIRST_WAIT_MS * 2 ** attempt);
      }
    }
    renameSync(partial, path);
  }
  const done = run().catch((failure: Error) => {
    error = failure.message;
  });

  return {
    done,
    join(): Download {
      users += 1;
      let hasLeft = false;
      return {
        done,
        completed: () => completed,
        error: () => error,
        leave() {
          if (hasLeft) return;
          hasLeft = true;
          users -= 1;
          if (users === 0) leaving.abort();
        },
      };
    },
  };
}

function writeAll(file: number, chunk: Uint8Array, path: string): number {
  try {
    for (let written = 0; written < chunk.length; ) written += writeSync(file, chunk, written);
    return chunk.length;
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOSPC') throw new GivenUp(`write ${path}: no space left on device`);
    throw failure;
  }
}
