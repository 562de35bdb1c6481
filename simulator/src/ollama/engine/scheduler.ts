import type { Clock, Timer } from '@ollama-coordinator/common';
import type { Model } from '../model.js';
import { needsReload, type RunnerOptions } from './load-options.js';
import { createRunner, type Runner } from './runner.js';
import type { Stats } from './stats.js';

/** What a request that got no runner is told; `aborted` means that its client left and nobody listens. */
export class ScheduleError extends Error {
  readonly reason: 'busy' | 'load' | 'aborted';
  constructor(reason: ScheduleError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface LoadedRunner {
  readonly model: Model;
  readonly options: RunnerOptions;
  readonly runner: Runner;
  readonly sizeBytes: number;
  readonly sizeVramBytes: number;
  readonly ready: Promise<void>;
  loading: boolean;
  gone: boolean;
  users: number;
  keepAliveMs: number;
  usedAt: number;
  expiry: Timer | undefined;
  whenIdle: (() => void)[];
}

export interface RunnerRequest {
  readonly model: Model;
  readonly options: RunnerOptions;
  /** Negative keeps it loaded for ever; undefined leaves what the runner has. */
  readonly keepAliveMs?: number | undefined;
  readonly left: AbortSignal;
  /** Where a load is needed, it fails with these words. */
  readonly failLoad?: string | undefined;
}

export interface Lease {
  readonly runner: Runner;
  release(): void;
  /** The runner process ends with these words, for everyone who uses it. */
  die(message: string): void;
}

export interface SchedulerDeps {
  readonly clock: Clock;
  readonly stats: Stats;
  readonly numParallel: number;
  readonly maxLoadedModels: number;
  readonly maxQueue: number;
  readonly keepAliveMs: number;
  readonly vramBytes: number | undefined;
  /** A factor near 1, on the speed of each answer and, without `varyLoad`, on the time of each load. */
  readonly vary: () => number;
  readonly varyLoad?: () => number;
}

interface Pending extends RunnerRequest {
  resolve(lease: Lease): void;
  reject(error: ScheduleError): void;
}

export const SERVER_BUSY = 'server busy, please try again.  maximum pending requests exceeded';

export type Scheduler = ReturnType<typeof createScheduler>;

/**
 * Gives each request a runner with its model, in the order of arrival. One request is placed at a time: while it waits for a
 * load of its model or for an eviction, all behind it wait too, and past `maxQueue` of them the server is busy.
 */
export function createScheduler(deps: SchedulerDeps) {
  const { clock, stats } = deps;
  const loaded = new Map<string, LoadedRunner>();
  const queue: Pending[] = [];
  let placing = false;

  function acquire(request: RunnerRequest): Promise<Lease> {
    if (queue.length >= deps.maxQueue) return Promise.reject(new ScheduleError('busy', SERVER_BUSY));
    return new Promise((resolve, reject) => {
      queue.push({ ...request, resolve, reject });
      if (!placing) void placeAll();
    });
  }

  async function placeAll(): Promise<void> {
    placing = true;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.left.aborted) next.reject(new ScheduleError('aborted', 'request canceled'));
      else await place(next);
    }
    placing = false;
  }

  async function place(request: Pending): Promise<void> {
    for (;;) {
      const present = loaded.get(request.model.digest);
      if (present?.loading) {
        await present.ready;
        continue;
      }
      if (present !== undefined && !needsReload(present.options, request.options)) return grant(present, request);
      const victim = present ?? (hasRoomFor(request) ? undefined : leastRecentlyUsed());
      if (victim === undefined) return load(request);
      if (present === undefined) stats.evictions += 1;
      else stats.reloads += 1;
      await unloadWhenIdle(victim);
    }
  }

  function sizeOf({ model, options }: RunnerRequest): number {
    return model.vramBytes + model.kvBytesPerToken * Number(options.num_ctx) * slotsOf(model);
  }

  function slotsOf(model: Model): number {
    return model.kind === 'embedding' ? 1 : deps.numParallel;
  }

  function hasRoomFor(request: RunnerRequest): boolean {
    if (loaded.size === 0) return true;
    if (loaded.size >= deps.maxLoadedModels) return false;
    if (deps.vramBytes === undefined) return true;
    const usedBytes = [...loaded.values()].reduce((sum, one) => sum + one.sizeVramBytes, 0);
    return usedBytes + sizeOf(request) <= deps.vramBytes;
  }

  /** An idle runner if there is one, else the busy one that was taken up longest ago. */
  function leastRecentlyUsed(): LoadedRunner | undefined {
    return [...loaded.values()].sort((a, b) => Number(a.users > 0) - Number(b.users > 0) || a.usedAt - b.usedAt)[0];
  }

  function load(request: Pending): void {
    const { model, options } = request;
    const sizeBytes = sizeOf(request);
    let settle = () => {};
    const ready = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const entry: LoadedRunner = {
      model,
      options,
      runner: createRunner({ model, slots: slotsOf(model), clock, speedFactor: deps.vary }),
      sizeBytes,
      sizeVramBytes: deps.vramBytes === undefined ? 0 : Math.min(sizeBytes, deps.vramBytes),
      ready,
      loading: true,
      gone: false,
      users: 0,
      keepAliveMs: request.keepAliveMs ?? deps.keepAliveMs,
      usedAt: clock.monotonic(),
      expiry: undefined,
      whenIdle: [],
    };
    loaded.set(model.digest, entry);
    stats.loads += 1;
    const finish = (error?: ScheduleError) => {
      entry.loading = false;
      timer?.cancel();
      request.left.removeEventListener('abort', abort);
      if (error === undefined) grant(entry, request);
      else {
        remove(entry);
        request.reject(error);
      }
      settle();
    };
    const abort = () => finish(new ScheduleError('aborted', 'timed out waiting for llama runner to start: context canceled'));
    const end = () => finish(request.failLoad === undefined ? undefined : new ScheduleError('load', request.failLoad));
    request.left.addEventListener('abort', abort, { once: true });
    const timer = model.loadMs > 0 ? clock.setTimeout(end, model.loadMs * (deps.varyLoad ?? deps.vary)()) : undefined;
    if (timer === undefined) end();
  }

  function grant(entry: LoadedRunner, request: Pending): void {
    entry.users += 1;
    entry.expiry?.cancel();
    entry.usedAt = clock.monotonic();
    if (request.keepAliveMs !== undefined) entry.keepAliveMs = request.keepAliveMs;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      entry.users -= 1;
      entry.usedAt = clock.monotonic();
      if (entry.users === 0) becomeIdle(entry);
    };
    const die = (message: string) => {
      remove(entry);
      entry.runner.die(message);
    };
    request.resolve({ runner: entry.runner, release, die });
  }

  function becomeIdle(entry: LoadedRunner): void {
    if (entry.gone) return;
    if (entry.whenIdle.length > 0 || entry.keepAliveMs === 0) remove(entry);
    else if (entry.keepAliveMs > 0) entry.expiry = clock.setTimeout(() => lapse(entry), entry.keepAliveMs);
  }

  function lapse(entry: LoadedRunner): void {
    stats.expired += 1;
    remove(entry);
  }

  function remove(entry: LoadedRunner): void {
    if (entry.gone) return;
    entry.gone = true;
    entry.expiry?.cancel();
    if (loaded.get(entry.model.digest) === entry) loaded.delete(entry.model.digest);
    stats.unloads += 1;
    for (const wake of entry.whenIdle.splice(0)) wake();
  }

  function unloadWhenIdle(entry: LoadedRunner): Promise<void> {
    return new Promise((resolve) => {
      entry.whenIdle.push(resolve);
      if (entry.users === 0 && !entry.loading) remove(entry);
    });
  }

  /** Unloads the model as soon as nobody uses it. */
  function expire(model: Model): void {
    const entry = loaded.get(model.digest);
    if (entry === undefined) return;
    entry.keepAliveMs = 0;
    if (entry.users === 0 && !entry.loading) remove(entry);
  }

  return { acquire, expire, list: () => [...loaded.values()], pending: () => queue.length };
}
