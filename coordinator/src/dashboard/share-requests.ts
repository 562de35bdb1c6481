import { type Clock, type Request, requestSchema } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import { z } from 'zod';
import type { DashboardHub } from './dashboard-hub.js';
import { isLive, RECENT_REQUESTS } from './recent.js';

export interface ShareRequestsDeps {
  /** A connection without blocking reads. */
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  /** The replicas that live, this one among them. */
  readonly living: () => readonly string[];
  readonly hub: Pick<DashboardHub, 'requestChanged' | 'forgetRequest' | 'requests' | 'viewers'>;
  readonly clock: Pick<Clock, 'setInterval' | 'now'>;
}

/** Half of what a change may take to the page: it is written in one turn and read in another. Milliseconds. */
const PERIOD_MS = 500;
/** For how long what a replica told stands where it tells nothing more. */
const STANDS_MS = 3000;
const TOLD_AFTER_END_MS = 3000;

const toldSchema = z.array(requestSchema);

/**
 * Shows on this replica's pages what runs at the others. Nothing is told while no page is open elsewhere, and nothing at all by a
 * replica that is alone. Returns how to stop.
 */
export function shareRequests({ redis, keys, replicaId, living, hub, clock }: ShareRequestsDeps): () => Promise<void> {
  /** By replica: its requests as this one shows them, as text. */
  const shown = new Map<string, Map<string, { readonly text: string; readonly isLive: boolean }>>();
  const told = new Map<string, string | null>();
  let own = '';
  let turning: Promise<void> | undefined;

  async function turn(): Promise<void> {
    const others = living().filter((id) => id !== replicaId);
    const isWatched = hub.viewers() > 0;
    for (const id of shown.keys()) if (!isWatched || !others.includes(id)) forget(id);
    if (others.length === 0) return;
    if (isWatched) {
      await redis.set(keys.replicaWatched(replicaId), '1', 'PX', STANDS_MS);
      const texts = await redis.mget(others.map(keys.replicaRequests));
      for (const [index, id] of others.entries()) show(id, texts[index] ?? null);
    }
    const watched = await redis.mget(others.map(keys.replicaWatched));
    if (watched.some((value) => value !== null)) await tell();
  }

  async function tell(): Promise<void> {
    const key = keys.replicaRequests(replicaId);
    const text = JSON.stringify(worthTelling(hub.requests(), replicaId, clock.now()));
    // What stands there already is only kept from running out.
    if (text === own && (await redis.pexpire(key, STANDS_MS)) === 1) return;
    await redis.set(key, text, 'PX', STANDS_MS);
    own = text;
  }

  function show(id: string, text: string | null): void {
    if (text === null || told.get(id) === text) return;
    told.set(id, text);
    const before = shown.get(id) ?? new Map();
    const after = new Map<string, { readonly text: string; readonly isLive: boolean }>();
    for (const request of readRequests(text)) {
      const fresh = { text: JSON.stringify(request), isLive: isLive(request) };
      after.set(request.id, fresh);
      if (before.get(request.id)?.text !== fresh.text) hub.requestChanged(request);
    }
    for (const [requestId, { isLive: wasLive }] of before) if (wasLive && !after.has(requestId)) hub.forgetRequest(requestId);
    shown.set(id, after);
  }

  function forget(id: string): void {
    for (const [requestId, { isLive: wasLive }] of shown.get(id) ?? []) if (wasLive) hub.forgetRequest(requestId);
    shown.delete(id);
    told.delete(id);
  }

  const timer = clock.setInterval(() => {
    // While Redis is away pages show what was told last; the next turn says it as it is then.
    turning ??= turn()
      .catch(() => {})
      .finally(() => {
        turning = undefined;
      });
  }, PERIOD_MS);
  return async () => {
    timer.cancel();
    await turning;
    if (own !== '') await redis.del(keys.replicaRequests(replicaId)).catch(() => {});
  };
}

/** Of this replica: what has no outcome yet, and what ended so lately that nobody may have read it. */
export function worthTelling(requests: Iterable<Request>, replicaId: string, nowMs: number): readonly Request[] {
  const isFresh = (request: Request) => Date.parse(request.received_at) + request.total_ms > nowMs - TOLD_AFTER_END_MS;
  const ours = [...requests].filter((request) => request.replica === replicaId && (isLive(request) || isFresh(request)));
  return ours.sort((a, b) => Number(isLive(b)) - Number(isLive(a))).slice(0, RECENT_REQUESTS);
}

/** Empty where a newer replica says it in words that this one does not know. */
function readRequests(text: string): readonly Request[] {
  try {
    return toldSchema.safeParse(JSON.parse(text)).data ?? [];
  } catch {
    return [];
  }
}
