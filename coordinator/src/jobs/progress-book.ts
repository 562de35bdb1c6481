import { type Clock, describeCause, type JobPart, type JobProgress, type Logger, type Timer } from '@ollama-coordinator/common';
import type { SaveProgress } from './job-queue.js';

export interface ProgressBookDeps {
  /** Where an earlier try, or another replica, left off. */
  readonly progress: JobProgress;
  readonly save: SaveProgress;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How a job's parts fare: kept here while it runs, and in Redis a moment later. */
export interface ProgressBook {
  readonly parts: readonly JobPart[];
  part(agentId: string): JobPart;
  update(agentId: string, change: Partial<JobPart>): void;
  /** Bytes of a layer never go back, whatever is reported. */
  layer(agentId: string, layer: { readonly digest: string; readonly total: number; readonly completed: number }): void;
  /** Writes what is not written yet. Never rejects: the next writing has it all. */
  flush(): Promise<void>;
}

const GATHER_MS = 250;

export function createProgressBook({ progress, save, clock, log }: ProgressBookDeps): ProgressBook {
  const layers = [...progress.layers];
  const parts = new Map(progress.parts.map((part) => [part.agent_id, part]));
  let dirty = false;
  let timer: Timer | undefined;
  let writing: Promise<void> = Promise.resolve();

  function part(agentId: string): JobPart {
    const found = parts.get(agentId);
    if (found === undefined) throw new Error(`agent ${agentId} has no part in this job`);
    return found;
  }

  function write(): Promise<void> {
    timer?.cancel();
    timer = undefined;
    writing = writing.then(async () => {
      if (!dirty) return;
      dirty = false;
      try {
        await save({ layers, parts: [...parts.values()] });
      } catch (error) {
        dirty = true;
        log.debug({ cause: describeCause(error) }, 'progress of a job could not be written');
      }
    });
    return writing;
  }

  function change(agentId: string, values: Partial<JobPart>): void {
    const before = part(agentId);
    parts.set(agentId, { ...before, ...values });
    dirty = true;
    if (values.state !== undefined && values.state !== before.state) void write();
    else timer ??= clock.setTimeout(() => void write(), GATHER_MS);
  }

  return {
    get parts() {
      return [...parts.values()];
    },
    part,
    update: change,
    layer(agentId, { digest, total, completed }) {
      let index = layers.findIndex((layer) => layer.digest === digest);
      if (index < 0) index = layers.push({ digest, total }) - 1;
      const known = part(agentId).completed;
      const bytes = Array.from({ length: layers.length }, (_, place) => known[place] ?? 0);
      bytes[index] = Math.max(bytes[index] ?? 0, Math.min(completed, layers[index]?.total ?? total));
      change(agentId, { completed: bytes });
    },
    flush: write,
  };
}
