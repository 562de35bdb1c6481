import type { Clock } from '@ollama-coordinator/common';
import type { Model } from '../model.js';
import { needsReload, type RunnerOptions } from './load-options.js';
import { createLoadedRunners, type Lease, type LoadedRunner, type LoadedRunners } from './loaded-runners.js';
import { createRunner } from './runner.js';
import type { Stats } from './stats.js';

/** What a request that got no runner is told; `aborted` means that its client left and nobody listens. */
export class ScheduleError extends Error {
  readonly reason: 'busy' | 'load' | 'aborted';
  constructor(reason: ScheduleError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
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

export type { Lease, LoadedRunner } from './loaded-runners.js';

export interface Scheduler {
  /** Rejects with a ScheduleError. */
  acquire(request: RunnerRequest): Promise<Lease>;
  /** Unloads the model as soon as nobody uses it. */
  expire(model: Model): void;
  list(): readonly LoadedRunner[];
  /** Requests that wait to be placed. */
  pending(): number;
}

/**
 * Gives each request a runner with its model, in the order of arrival. One request is placed at a time: while it waits for a
 * load of its model or for an eviction, all behind it wait too, and past `maxQueue` of them the server is busy.
 */
export function createScheduler(deps: SchedulerDeps): Scheduler {
  const { stats } = deps;
  const loaded = createLoadedRunners(deps);
  const queue: Pending[] = [];
  let placing = false;

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
      const present = loaded.get(request.model);
      if (present?.loading) {
        await present.ready;
        continue;
      }
      if (present !== undefined && !needsReload(present.options, request.options))
        return request.resolve(loaded.lease(present, request.keepAliveMs));
      const victim = present ?? victimFor(request, loaded.list(), deps);
      if (victim === undefined) return load(request, loaded, deps);
      if (present === undefined) stats.evictions += 1;
      else stats.reloads += 1;
      await loaded.unloadWhenIdle(victim);
    }
  }

  return {
    acquire(request) {
      if (queue.length >= deps.maxQueue) return Promise.reject(new ScheduleError('busy', SERVER_BUSY));
      return new Promise((resolve, reject) => {
        queue.push({ ...request, resolve, reject });
        if (!placing) void placeAll();
      });
    },
    expire: loaded.expire,
    list: loaded.list,
    pending: () => queue.length,
  };
}

function sizeOf({ model, options }: RunnerRequest, deps: SchedulerDeps): number {
  return model.vramBytes + model.kvBytesPerToken * Number(options.num_ctx) * slotsOf(model, deps);
}

function slotsOf(model: Model, { numParallel }: SchedulerDeps): number {
  return model.kind === 'embedding' ? 1 : numParallel;
}

/** Which runner must go first: an idle one if there is one, else the busy one that was taken up longest ago. Undefined: there is room. */
function victimFor(request: RunnerRequest, loaded: readonly LoadedRunner[], deps: SchedulerDeps): LoadedRunner | undefined {
  const { maxLoadedModels, vramBytes = Number.POSITIVE_INFINITY } = deps;
  const usedBytes = loaded.reduce((sum, { sizeVramBytes }) => sum + sizeVramBytes, 0);
  const hasRoom = loaded.length < maxLoadedModels && usedBytes + sizeOf(request, deps) <= vramBytes;
  if (loaded.length === 0 || hasRoom) return undefined;
  return loaded.toSorted((a, b) => Number(a.users > 0) - Number(b.users > 0) || a.usedAt - b.usedAt)[0];
}

/** Begins to load; the request has its lease when that has ended. */
function load(request: Pending, loaded: LoadedRunners, deps: SchedulerDeps): void {
  const { clock, stats } = deps;
  const { model } = request;
  let settle = () => {};
  const ready = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const entry = newRunner(request, ready, deps);
  loaded.add(entry);
  stats.loads += 1;
  const finish = (error?: ScheduleError) => {
    entry.loading = false;
    timer?.cancel();
    request.left.removeEventListener('abort', abort);
    if (error === undefined) request.resolve(loaded.lease(entry, request.keepAliveMs));
    else {
      loaded.remove(entry);
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

function newRunner(request: RunnerRequest, ready: Promise<void>, deps: SchedulerDeps): LoadedRunner {
  const { model, options, keepAliveMs = deps.keepAliveMs } = request;
  const { clock, vramBytes, vary: speedFactor } = deps;
  const sizeBytes = sizeOf(request, deps);
  return {
    model,
    options,
    runner: createRunner({ model, slots: slotsOf(model, deps), clock, speedFactor }),
    sizeBytes,
    sizeVramBytes: vramBytes === undefined ? 0 : Math.min(sizeBytes, vramBytes),
    ready,
    loading: true,
    gone: false,
    users: 0,
    keepAliveMs,
    usedAt: clock.monotonic(),
    idleAtMs: undefined,
    expiry: undefined,
    whenIdle: [],
  };
}
