import type { Clock, Logger } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { fieldOf, type Redis, type RedisKeys, readStreamExtent, type StreamEntry, type StreamTail } from '@ollama-coordinator/common/redis';
import { type AgentEntry, isReplay, withHeartbeat } from './agent-entry.js';
import { parseHeartbeat } from './agent-hash.js';
import type { AgentStore } from './agent-store.js';
import type { Fleet } from './create-fleet.js';
import { type EventFeed, eventFromEntry } from './event-feed.js';
import { mergeEntries } from './merge-entries.js';

export interface FleetSyncDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly store: AgentStore;
  readonly fleet: Fleet;
  readonly events: EventFeed;
  readonly replicaId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ttlMs: (entry: AgentEntry) => number;
  /** Probes Redis, which brings back what it lost. */
  readonly probe: () => Promise<void>;
}

/** The places of a heartbeat entry's values; see RECORD_HEARTBEATS. */
const AGENT = 1;
const INCARNATION = 3;
const REPLICA = 7;
const DATA = 11;

const READS_AT_ONCE = 100;

/** Keeps the fleet in memory equal to the one in Redis. Keys are state, stream entries are hints to apply or to read again. */
export class FleetSync {
  readonly #deps: FleetSyncDeps;
  readonly #unread = new Set<AgentId>();
  #reading: Promise<void> | undefined;

  constructor(deps: FleetSyncDeps) {
    this.#deps = deps;
  }

  /**
   * Makes memory and Redis agree: writes back what only memory knows, then reads every key. Where Redis lost its data
   * that is every agent; else those that registered or were heard while it was away.
   */
  async reconcile(isLost: boolean, tail: StreamTail): Promise<void> {
    const { store, fleet, redis, keys, clock } = this.#deps;
    for (const key of [keys.heartbeats, keys.events]) tail.seek(key, (await readStreamExtent(redis, key)).lastGeneratedId);
    const known = new Set(await store.readIds());
    const returning = [...fleet.entries()].filter((entry) => isLost || entry.unsaved || (known.has(entry.id) && this.#isAlive(entry)));
    await inGroups(returning, async (entry) => {
      await store.restore(entry, this.#isAlive(entry), this.#deps.ttlMs(entry));
      const current = fleet.entry(entry.id);
      if (entry.unsaved && current === entry) fleet.put({ ...entry, unsaved: false });
    });
    const startedMs = clock.monotonic();
    const ids = new Set(await store.readIds());
    await inGroups([...ids], (id) => this.#read(id));
    for (const entry of [...fleet.entries()]) {
      if (!ids.has(entry.id) && !entry.unsaved && entry.heardMs < startedMs) fleet.remove(entry.id);
    }
    fleet.publish();
  }

  /** Reads one agent again, and publishes. Rejects while Redis is away. */
  async refresh(id: AgentId): Promise<AgentEntry | undefined> {
    const { fleet, probe } = this.#deps;
    if (!(await this.#read(id)) && fleet.entry(id) !== undefined) {
      // Removed by an operator, or lost by Redis: the probe finds out, and restores what was lost.
      await probe();
      if (!(await this.#read(id))) fleet.remove(id);
    }
    fleet.publish();
    return fleet.entry(id);
  }

  /** Applies heartbeats that other replicas received. Own ones were applied on receipt. */
  applyHeartbeats(entries: readonly StreamEntry[]): void {
    const { fleet, replicaId, clock } = this.#deps;
    const heard = { monotonicMs: clock.monotonic(), wallMs: clock.now() };
    for (const [, fields] of entries) {
      if (fields[REPLICA] === replicaId) continue;
      const id = fields[AGENT] ?? '';
      const entry = fleet.entry(id);
      if (entry === undefined || Number(fields[INCARNATION]) > entry.incarnation) {
        this.#readSoon(id);
        continue;
      }
      const body = parseHeartbeat(fields[DATA]);
      if (body === undefined || body.incarnation !== entry.incarnation || isReplay(entry, body)) continue;
      fleet.put(withHeartbeat(entry, body, heard, false));
      // Whoever wrote this list may have done so before this replica listened: only a heartbeat of its own would bring it again.
      if (body.models_digest !== entry.modelsDigest) this.#readSoon(id);
    }
  }

  /** Passes events on; what another replica changed is read again. */
  applyEvents(entries: readonly StreamEntry[]): void {
    for (const entry of entries) {
      const agentId = fieldOf(entry[1], 'agent');
      // Also where the event is one that only a newer replica knows: what it did to the agent stands in the agent's key.
      if (agentId && fieldOf(entry[1], 'replica') !== this.#deps.replicaId) this.#readSoon(agentId);
      const event = eventFromEntry(entry);
      if (event !== undefined) this.#deps.events.emit(event);
    }
  }

  async stop(): Promise<void> {
    this.#unread.clear();
    await this.#reading;
  }

  /** False where Redis does not know it. */
  async #read(id: AgentId): Promise<boolean> {
    const { store, fleet, clock } = this.#deps;
    const heard = { monotonicMs: clock.monotonic(), wallMs: clock.now() };
    const read = await store.read(id, heard, fleet.entry(id));
    if (read !== undefined) fleet.put(mergeEntries(fleet.entry(id), read, heard.monotonicMs));
    return read !== undefined;
  }

  #readSoon(id: AgentId): void {
    this.#unread.add(id);
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
  }

  async #readAll(): Promise<void> {
    while (this.#unread.size > 0) {
      const ids = [...this.#unread];
      this.#unread.clear();
      try {
        await inGroups(ids, (id) => this.refresh(id));
      } catch (error) {
        // Redis went away: its return reads everything again.
        this.#deps.log.debug({ err: error }, 'an agent could not be read from redis');
      }
    }
  }

  #isAlive(entry: AgentEntry): boolean {
    return entry.presence === 'online' && this.#deps.clock.monotonic() - entry.heardMs < this.#deps.ttlMs(entry);
  }
}

async function inGroups<T>(items: readonly T[], run: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += READS_AT_ONCE) {
    await Promise.all(items.slice(start, start + READS_AT_ONCE).map(run));
  }
}
