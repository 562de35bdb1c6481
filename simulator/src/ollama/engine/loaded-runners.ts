import type { Clock, Timer } from '@ollama-coordinator/common';
import type { Model } from '../model.js';
import type { RunnerOptions } from './load-options.js';
import type { Runner } from './runner.js';
import type { Stats } from './stats.js';

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
  /** Wall time at which it was idle last; undefined during its load and its first use. */
  idleAtMs: number | undefined;
  expiry: Timer | undefined;
  whenIdle: (() => void)[];
}

export interface Lease {
  readonly runner: Runner;
  release(): void;
  /** The runner process ends with these words, for everyone who uses it. */
  die(message: string): void;
}

/** Go's longest duration, which is what keeping a model for ever comes to: the year 2319. */
const FOREVER_MS = 9_223_372_036_854;

/** When it leaves memory unless it is used again, by the wall clock: of one that was never idle, as if it were from now on. As Ollama tells it. */
export function expiresAtMs({ keepAliveMs, idleAtMs }: LoadedRunner, nowMs: number): number {
  return (idleAtMs ?? nowMs) + (keepAliveMs < 0 ? FOREVER_MS : keepAliveMs);
}

/** The runners in memory: who uses them, and when they leave. */
export interface LoadedRunners {
  add(entry: LoadedRunner): void;
  get(model: Model): LoadedRunner | undefined;
  list(): readonly LoadedRunner[];
  /** One more user. `keepAliveMs`: as its request asks for it; undefined leaves what the runner has. */
  lease(entry: LoadedRunner, keepAliveMs: number | undefined): Lease;
  remove(entry: LoadedRunner): void;
  /** Resolves when it is gone: at once where nobody uses it. */
  unloadWhenIdle(entry: LoadedRunner): Promise<void>;
  /** Unloads the model as soon as nobody uses it. */
  expire(model: Model): void;
}

export function createLoadedRunners({ clock, stats }: { readonly clock: Clock; readonly stats: Stats }): LoadedRunners {
  const loaded = new Map<string, LoadedRunner>();

  function remove(entry: LoadedRunner): void {
    if (entry.gone) return;
    entry.gone = true;
    entry.expiry?.cancel();
    if (loaded.get(entry.model.digest) === entry) loaded.delete(entry.model.digest);
    stats.unloads += 1;
    for (const wake of entry.whenIdle.splice(0)) wake();
  }
  function lapse(entry: LoadedRunner): void {
    stats.expired += 1;
    remove(entry);
  }
  function release(entry: LoadedRunner): void {
    entry.users -= 1;
    entry.usedAt = clock.monotonic();
    if (entry.users > 0 || entry.gone) return;
    entry.idleAtMs = clock.now();
    if (entry.whenIdle.length > 0 || entry.keepAliveMs === 0) remove(entry);
    else if (entry.keepAliveMs > 0) entry.expiry = clock.setTimeout(() => lapse(entry), entry.keepAliveMs);
  }
  function removeIfIdle(entry: LoadedRunner): void {
    if (entry.users === 0 && !entry.loading) remove(entry);
  }

  return {
    add: (entry) => void loaded.set(entry.model.digest, entry),
    get: (model) => loaded.get(model.digest),
    list: () => [...loaded.values()],
    lease(entry, keepAliveMs) {
      entry.users += 1;
      entry.expiry?.cancel();
      entry.usedAt = clock.monotonic();
      if (keepAliveMs !== undefined) entry.keepAliveMs = keepAliveMs;
      let released = false;
      return {
        runner: entry.runner,
        release: () => {
          if (!released) release(entry);
          released = true;
        },
        die: (message) => {
          remove(entry);
          entry.runner.die(message);
        },
      };
    },
    remove,
    unloadWhenIdle: (entry) =>
      new Promise((resolve) => {
        entry.whenIdle.push(resolve);
        removeIfIdle(entry);
      }),
    expire(model) {
      const entry = loaded.get(model.digest);
      if (entry === undefined) return;
      entry.keepAliveMs = 0;
      removeIfIdle(entry);
    },
  };
}
