import type { HealthCheckRequest, ModelReport } from '@ollama-coordinator/common';
import { type AgentEntry, type Registration, withHeartbeat, withModels, withRegistration } from '#coordinator/registry/agent-entry.js';
import type { AgentStore } from '#coordinator/registry/agent-store.js';

/** An agent as Redis' keys hold it. */
interface Kept {
  incarnation: number;
  registration: Registration;
  readonly registeredAtMs: number;
  presence: 'joining' | 'online' | 'offline';
  models: readonly ModelReport[] | undefined;
  modelsDigest: string;
  alive: { readonly body: HealthCheckRequest; readonly untilMs: number } | undefined;
}

type Arguments<Name extends keyof AgentStore> = Parameters<AgentStore[Name]>;

/** Appends to the streams. */
export interface RedisAgentsDeps {
  readonly nowMs: () => number;
  readonly onEvent: (type: string, agent: string) => void;
  readonly onHeartbeat: (body: HealthCheckRequest, hasModels: boolean) => void;
}

/** The agents' keys, and what each script does to them in one step. */
export type RedisAgents = ReturnType<typeof createRedisAgents>;

export function createRedisAgents() {
  const kept = new Map<string, Kept>();

  function register({ id, incarnation, registration }: Arguments<'register'>[0], wallMs: number, { onEvent }: RedisAgentsDeps) {
    const known = kept.get(id);
    if (known && known.incarnation > incarnation) return 'old';
    const isSameStart = known?.incarnation === incarnation;
    if (isSameStart && JSON.stringify(known.registration) === JSON.stringify(registration)) return 'unchanged';
    kept.set(id, {
      incarnation,
      registration,
      registeredAtMs: known?.registeredAtMs ?? wallMs,
      presence: isSameStart ? known.presence : 'joining',
      models: known?.models,
      modelsDigest: known?.modelsDigest ?? '',
      alive: isSameStart ? known.alive : undefined,
    });
    const what = known ? 'updated' : 'registered';
    onEvent(what, id);
    return what;
  }

  function heartbeat(body: HealthCheckRequest, ttlMs: number, { nowMs, onEvent, onHeartbeat }: RedisAgentsDeps) {
    const known = kept.get(body.agent_id);
    if (!known || known.incarnation < body.incarnation) return 'unknown';
    if (known.incarnation > body.incarnation) return 'old';
    const { models, ...data } = body;
    known.alive = { body: { ...data }, untilMs: nowMs() + ttlMs };
    if (models) Object.assign(known, { models, modelsDigest: body.models_digest });
    onHeartbeat(data, models !== undefined);
    if (known.presence !== 'online') {
      known.presence = 'online';
      onEvent('online', body.agent_id);
    }
    return 'ok';
  }

  function endPresence({ id, incarnation }: Arguments<'endPresence'>[0], type: string, { nowMs, onEvent }: RedisAgentsDeps): boolean {
    const known = kept.get(id);
    if (!known || known.incarnation !== incarnation || known.presence === 'offline') return false;
    if (type === 'offline' && isAlive(known, nowMs())) return false;
    known.alive = undefined;
    known.presence = 'offline';
    onEvent(type, id);
    return true;
  }

  /** A replica writes back what was lost. */
  function restore(entry: AgentEntry, isHeard: boolean, ttlMs: number, nowMs: number): void {
    const known = kept.get(entry.id);
    if (known && known.incarnation > entry.incarnation) return;
    const { incarnation, registration, registeredAtMs, presence, modelsDigest } = entry;
    const alive = known && isAlive(known, nowMs) && known.incarnation === incarnation ? known.alive : undefined;
    const isOlder = !known || entry.unsaved || known.incarnation !== incarnation;
    const models = [...entry.models.values()];
    const restored: Kept = isOlder ? { incarnation, registration, registeredAtMs, presence, models, modelsDigest, alive } : known;
    if (isHeard && entry.heartbeat) {
      restored.presence = 'online';
      if (!isAlive(restored, nowMs)) restored.alive = { body: entry.heartbeat, untilMs: nowMs + ttlMs };
    }
    kept.set(entry.id, restored);
  }

  function read(id: string, heard: Arguments<'read'>[1], before: AgentEntry | undefined, nowMs: number): AgentEntry | undefined {
    const known = kept.get(id);
    if (!known) return undefined;
    const { incarnation, registration, registeredAtMs, presence, alive } = known;
    const base: AgentEntry = {
      ...withRegistration(undefined, { id, incarnation, registration }, heard),
      registeredAtMs,
      presence,
      ...withModels(before ?? { models: new Map(), modelsDigest: '' }, known.models ?? [], known.modelsDigest),
    };
    if (!alive || !isAlive(known, nowMs) || alive.body.incarnation !== incarnation) return base;
    return { ...withHeartbeat(base, alive.body, heard, false), presence };
  }

  return { register, heartbeat, endPresence, restore, read, ids: () => [...kept.keys()], clear: () => kept.clear() };
}

function isAlive({ alive }: Kept, nowMs: number): boolean {
  return alive !== undefined && alive.untilMs > nowMs;
}
