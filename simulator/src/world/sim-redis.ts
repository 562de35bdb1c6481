import { EventEmitter } from 'node:events';
import type { Attempt, HealthCheckRequest, ModelReport, Random } from '@ollama-coordinator/common';
import type { Redis, StreamEntry } from '@ollama-coordinator/common/redis';
import { attemptKey, type RecordedAttempt } from '#coordinator/balancing/learned/learned-state.js';
import { type AgentEntry, type Registration, withHeartbeat, withModels, withRegistration } from '#coordinator/registry/agent-entry.js';
import type { AgentStore } from '#coordinator/registry/agent-store.js';
import type { EventClock, ProcessClock } from '../time/event-clock.js';

/** What a replica is told of the streams. */
export interface Follower {
  readonly replica: string;
  readonly clock: ProcessClock;
  heartbeats(entries: readonly StreamEntry[]): void;
  events(entries: readonly StreamEntry[]): void;
  /** Another replica served a request. */
  served(model: string, caller: string, tokens: number | undefined): void;
  /** Attempts of all replicas, this one's own too, in the order of the stream. */
  attempts(entries: readonly RecordedAttempt[]): void;
}

/** Redis as far as the registry and the lines use it: keys, scripts and streams, with outages and loss of data. */
export interface SimRedis {
  isAway(): boolean;
  setAway(away: boolean): void;
  flushAll(): void;
  storeFor(replica: string): AgentStore;
  /** A connection that answers what health and reconciliation ask. */
  connection(): Redis;
  follow(follower: Follower): void;
  unfollow(replica: string): void;
  tellServed(replica: string, model: string, caller: string, tokens: number | undefined): void;
  /** One more entry of the requests stream. Lost while Redis is away. */
  appendAttempt(attempt: Attempt): void;
}

/** Redis' clock when the simulation begins. */
const START_MS = Date.UTC(2026, 0, 1);
/** As AttemptsFollower gathers. */
const GATHER_MS = 100;

interface Kept {
  incarnation: number;
  registration: Registration;
  readonly registeredAtMs: number;
  presence: 'joining' | 'online' | 'offline';
  models: readonly ModelReport[] | undefined;
  modelsDigest: string;
  alive: { readonly body: HealthCheckRequest; readonly untilMs: number } | undefined;
}

export function createSimRedis(clock: EventClock, random: Random): SimRedis {
  const kept = new Map<string, Kept>();
  const followers = new Map<string, Follower>();
  const unread = new Map<string, RecordedAttempt[]>();
  let away = false;
  let epoch = 1;
  let entries = 0;

  /** As each script: at once where it is, and told of a moment later; the outcome is unknown to whoever asked in between. */
  function ask<T>(run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      clock.at(clock.nowMs() + 0.2 + random(), () => {
        if (away) return void clock.at(clock.nowMs() + 5, () => reject(new Error('redis is away')));
        const result = run();
        clock.at(clock.nowMs() + 0.2 + random(), () => (away ? reject(new Error('redis is away')) : resolve(result)));
      });
    });
  }
  function tell(from: string, tellOne: (follower: Follower) => void): void {
    for (const follower of followers.values()) {
      if (follower.replica === from) continue;
      clock.at(clock.nowMs() + 1 + 60 * random(), () => {
        if (!away && followers.get(follower.replica) === follower && !follower.clock.isDead()) tellOne(follower);
      });
    }
  }
  /** Read by each replica some time later, together with what came meanwhile. */
  function readLater(follower: Follower, entry: RecordedAttempt): void {
    const waiting = unread.get(follower.replica);
    if (waiting) return void waiting.push(entry);
    unread.set(follower.replica, [entry]);
    clock.at(clock.nowMs() + 1 + GATHER_MS * random(), () => {
      const batch = unread.get(follower.replica) ?? [];
      unread.delete(follower.replica);
      if (followers.get(follower.replica) === follower && !follower.clock.isDead()) follower.attempts(batch);
    });
  }
  const nextId = (): string => {
    entries += 1;
    return `${START_MS + Math.floor(clock.nowMs())}-${entries}`;
  };
  function event(type: string, agent: string, replica: string): void {
    const entry: StreamEntry = [nextId(), ['type', type, 'agent', agent, 'name', agent, 'replica', replica]];
    tell(replica, (follower) => follower.events([entry]));
  }
  const isAlive = ({ alive }: Kept) => alive !== undefined && alive.untilMs > clock.nowMs();

  function heartbeat(replica: string, body: HealthCheckRequest, ttlMs: number): 'ok' | 'unknown' | 'old' {
    const known = kept.get(body.agent_id);
    if (!known || known.incarnation < body.incarnation) return 'unknown';
    if (known.incarnation > body.incarnation) return 'old';
    const { models, ...data } = body;
    known.alive = { body: { ...data }, untilMs: clock.nowMs() + ttlMs };
    if (models) Object.assign(known, { models, modelsDigest: body.models_digest });
    const fields = ['agent', body.agent_id, 'incarnation', `${body.incarnation}`, 'sequence', `${body.sequence}`];
    const entry: StreamEntry = [nextId(), [...fields, 'replica', replica, 'models', models ? '1' : '', 'data', JSON.stringify(data)]];
    tell(replica, (follower) => follower.heartbeats([entry]));
    if (known.presence !== 'online') {
      known.presence = 'online';
      event('online', body.agent_id, replica);
    }
    return 'ok';
  }

  function read(id: string, heard: Parameters<AgentStore['read']>[1], before: AgentEntry | undefined): AgentEntry | undefined {
    const known = kept.get(id);
    if (!known) return undefined;
    const facts = { id, incarnation: known.incarnation, registration: known.registration };
    const base: AgentEntry = {
      ...withRegistration(undefined, facts, heard),
      registeredAtMs: known.registeredAtMs,
      presence: known.presence,
      ...withModels(before ?? { models: new Map(), modelsDigest: '' }, known.models ?? [], known.modelsDigest),
    };
    if (!known.alive || !isAlive(known) || known.alive.body.incarnation !== known.incarnation) return base;
    return { ...withHeartbeat(base, known.alive.body, heard, false), presence: base.presence };
  }

  return {
    isAway: () => away,
    setAway: (becomes) => {
      away = becomes;
    },
    flushAll: () => {
      kept.clear();
      epoch += 1;
    },
    follow: (follower) => void followers.set(follower.replica, follower),
    unfollow: (replica) => void followers.delete(replica),
    tellServed: (replica, model, caller, tokens) => {
      if (!away) tell(replica, (follower) => follower.served(model, caller, tokens));
    },
    appendAttempt: (attempt) => {
      if (away) return;
      const entry = { key: attemptKey(attempt), atMs: START_MS + Math.floor(clock.nowMs()), read: () => attempt };
      for (const follower of followers.values()) readLater(follower, entry);
    },
    connection: () => {
      const connection = Object.assign(new EventEmitter(), {
        get: () => ask(() => `${epoch}`),
        mget: () => ask(() => [`${epoch}`, '1']),
        set: () => ask(() => 'OK'),
        xinfo: () => ask(() => ['last-generated-id', nextId(), 'first-entry', null]),
      });
      return connection as unknown as Redis;
    },
    storeFor: (replica): AgentStore => ({
      register: ({ id, incarnation, registration }, wallMs) =>
        ask(() => {
          const known = kept.get(id);
          if (known && known.incarnation > incarnation) return 'old';
          if (known?.incarnation === incarnation && JSON.stringify(known.registration) === JSON.stringify(registration)) return 'unchanged';
          const isSameStart = known?.incarnation === incarnation;
          kept.set(id, {
            incarnation,
            registration,
            registeredAtMs: known?.registeredAtMs ?? wallMs,
            presence: isSameStart ? known.presence : 'joining',
            models: known?.models,
            modelsDigest: known?.modelsDigest ?? '',
            alive: isSameStart ? known.alive : undefined,
          });
          event(known ? 'updated' : 'registered', id, replica);
          return known ? 'updated' : 'registered';
        }),
      heartbeat: (body, ttlMs) => ask(() => heartbeat(replica, body, ttlMs)),
      flush: () => undefined,
      patch: () => Promise.resolve(true),
      setDraining: () => Promise.resolve(true),
      remove: () => Promise.resolve(true),
      endPresence: ({ id, incarnation }, type) =>
        ask(() => {
          const known = kept.get(id);
          if (!known || known.incarnation !== incarnation || known.presence === 'offline') return false;
          if (type === 'offline' && isAlive(known)) return false;
          known.alive = undefined;
          known.presence = 'offline';
          event(type, id, replica);
          return true;
        }),
      restore: (entry, isHeard, ttlMs) =>
        ask(() => {
          const known = kept.get(entry.id);
          if (known && known.incarnation > entry.incarnation) return;
          const overwrite = !known || entry.unsaved || known.incarnation !== entry.incarnation;
          const { incarnation, registration, registeredAtMs, presence, modelsDigest } = entry;
          const before = known && isAlive(known) && known.incarnation === incarnation ? known.alive : undefined;
          const restored: Kept =
            overwrite || !known
              ? { incarnation, registration, registeredAtMs, presence, models: [...entry.models.values()], modelsDigest, alive: before }
              : known;
          if (isHeard && entry.heartbeat) {
            restored.presence = 'online';
            restored.alive ??= { body: entry.heartbeat, untilMs: clock.nowMs() + ttlMs };
            if (!isAlive(restored)) restored.alive = { body: entry.heartbeat, untilMs: clock.nowMs() + ttlMs };
          }
          kept.set(entry.id, restored);
        }),
      read: (id, heard, before) => ask(() => read(id, heard, before)),
      readIds: () => ask(() => [...kept.keys()]),
    }),
  };
}
