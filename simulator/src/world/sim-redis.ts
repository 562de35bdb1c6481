import { EventEmitter } from 'node:events';
import type { Attempt, HealthCheckRequest, Random } from '@ollama-coordinator/common';
import type { Redis } from '@ollama-coordinator/common/redis';
import type { AgentStore } from '#coordinator/registry/agent-store.js';
import type { EventClock } from '../time/event-clock.js';
import { createRedisAgents } from './redis-agents.js';
import { createRedisStreams, type Follower } from './redis-streams.js';

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

export function createSimRedis(clock: EventClock, random: Random): SimRedis {
  let away = false;
  let epoch = 1;
  const agents = createRedisAgents();
  const streams = createRedisStreams(clock, random, () => away);

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

  function storeFor(replica: string): AgentStore {
    const deps = {
      nowMs: clock.nowMs,
      onEvent: (type: string, agent: string) => streams.event(replica, type, agent),
      onHeartbeat: (body: HealthCheckRequest, hasModels: boolean) => streams.heartbeat(replica, body, hasModels),
    };
    return {
      register: (facts, wallMs) => ask(() => agents.register(facts, wallMs, deps)),
      heartbeat: (body, ttlMs) => ask(() => agents.heartbeat(body, ttlMs, deps)),
      flush: () => undefined,
      patch: () => Promise.resolve(true),
      setDraining: () => Promise.resolve(true),
      setAdmission: () => Promise.resolve(true),
      remove: () => Promise.resolve(true),
      endPresence: (facts, type) => ask(() => agents.endPresence(facts, type, deps)),
      restore: (entry, isHeard, ttlMs) => ask(() => agents.restore(entry, isHeard, ttlMs, clock.nowMs())),
      read: (id, heard, before) => ask(() => agents.read(id, heard, before, clock.nowMs())),
      readIds: () => ask(agents.ids),
    };
  }

  return {
    isAway: () => away,
    setAway: (becomes) => {
      away = becomes;
    },
    flushAll: () => {
      agents.clear();
      epoch += 1;
    },
    follow: streams.follow,
    unfollow: streams.unfollow,
    tellServed: (replica, model, caller, tokens) => {
      if (!away) streams.tellOthers(replica, (follower) => follower.served(model, caller, tokens));
    },
    appendAttempt: (attempt) => {
      if (!away) streams.attempt(attempt);
    },
    connection: () => {
      const connection = Object.assign(new EventEmitter(), {
        get: () => ask(() => `${epoch}`),
        mget: () => ask(() => [`${epoch}`, '1']),
        set: () => ask(() => 'OK'),
        xinfo: () => ask(() => ['last-generated-id', streams.nextId(), 'first-entry', null]),
      });
      return connection as unknown as Redis;
    },
    storeFor,
  };
}
