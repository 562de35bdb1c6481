import type { Clock, Logger, Timer } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { AgentEntry } from './agent-entry.js';
import type { AgentStore } from './agent-store.js';
import type { Fleet } from './create-fleet.js';
import type { RedisState } from './redis-health.js';

export interface OfflineSweepDeps {
  readonly fleet: Fleet;
  readonly store: Pick<AgentStore, 'endPresence'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ttlMs: (entry: AgentEntry) => number;
  readonly redisState: () => RedisState;
  /** True where the agent speaks on this replica's watch: then it is not offline, whatever became of its heartbeats. */
  readonly talks: (id: AgentId) => boolean;
  /** Another replica may have ended it, or have heard it. */
  readonly refresh: (id: AgentId) => Promise<unknown>;
}

/** A sweep this late means that this process was stopped or held up, and that signs of life wait to be read. */
const HELD_UP_MS = 1000;

/** True where silence has lasted the TTL, of which this replica was listening all the time since `listeningSinceMs`. */
export function isSilent(entry: Pick<AgentEntry, 'presence' | 'heardMs'>, ttlMs: number, listeningSinceMs: number, nowMs: number): boolean {
  return entry.presence !== 'offline' && nowMs - Math.max(entry.heardMs, listeningSinceMs) >= ttlMs;
}

/**
 * Finds agents that were silent for their TTL. Redis' alive key decides whether one is offline; while Redis is away memory
 * does, and only about agents that speak to this replica itself: the others may well speak to another one.
 */
export class OfflineSweep {
  readonly #deps: OfflineSweepDeps;
  readonly #periodMs: number;
  #timer: Timer | undefined;
  #sweptMs = 0;
  #listeningSinceMs = 0;
  #ending: Promise<void> | undefined;

  constructor(deps: OfflineSweepDeps, agentTtlMs: number) {
    this.#deps = deps;
    this.#periodMs = Math.min(500, Math.max(20, agentTtlMs / 10));
  }

  start(): void {
    this.restartListening();
    this.#timer = this.#deps.clock.setInterval(() => this.sweep(), this.#periodMs);
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#ending;
  }

  /** After an outage everyone has a full TTL to be heard. */
  restartListening(): void {
    this.#sweptMs = this.#deps.clock.monotonic();
    this.#listeningSinceMs = this.#sweptMs;
  }

  sweep(): void {
    const { fleet, clock, ttlMs, redisState, talks } = this.#deps;
    const nowMs = clock.monotonic();
    if (nowMs - this.#sweptMs > this.#periodMs + HELD_UP_MS) {
      this.restartListening();
      return;
    }
    this.#sweptMs = nowMs;
    const silent = [...fleet.entries()].filter((entry) => isSilent(entry, ttlMs(entry), this.#listeningSinceMs, nowMs) && !talks(entry.id));
    if (silent.length === 0) return;
    if (redisState() === 'down') this.#endInMemory(silent);
    else
      this.#ending ??= this.#end(silent).finally(() => {
        this.#ending = undefined;
      });
  }

  #endInMemory(silent: readonly AgentEntry[]): void {
    for (const entry of silent) if (entry.heardDirectly) this.#deps.fleet.put({ ...entry, presence: 'offline' });
  }

  async #end(silent: readonly AgentEntry[]): Promise<void> {
    const { store, fleet, ttlMs, refresh, log } = this.#deps;
    for (const quiet of silent) {
      const { id, incarnation } = quiet;
      try {
        const isEnded = await store.endPresence(quiet, 'offline', ttlMs(quiet));
        const entry = fleet.entry(id);
        if (!isEnded) await refresh(id);
        else if (entry?.incarnation === incarnation) fleet.put({ ...entry, presence: 'offline' });
      } catch (error) {
        log.debug({ err: error, agent: id }, 'a silent agent could not be marked offline');
      }
    }
  }
}
