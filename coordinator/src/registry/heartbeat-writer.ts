import type { Clock, HealthCheckRequest, Timer } from '@ollama-coordinator/common';
import { bindScript, type Redis, type RedisKeys } from '@ollama-coordinator/common/redis';
import { RECORD_HEARTBEATS } from './scripts/record-heartbeats.js';

export interface HeartbeatWriterDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  readonly clock: Clock;
}

/** 'unknown': not registered, or not yet with this incarnation. 'old': a newer incarnation lives. 'silent': written by the agent, whose alive key is gone since. */
export type Recorded = 'ok' | 'unknown' | 'old' | 'silent';

/** Who brought a heartbeat to Redis: it came here by POST, or the agent wrote it to its own keys. */
export type HeartbeatSource = 'post' | 'agent';

interface Waiting {
  readonly body: HealthCheckRequest;
  readonly ttlMs: number;
  readonly source: HeartbeatSource;
  readonly resolve: (recorded: Recorded) => void;
  readonly reject: (cause: unknown) => void;
}

/** Least time between two writes: at 200 heartbeats a second ten share one, and none waits longer than this. */
const GATHER_MS = 50;
/** One script call holds Redis up for everyone, so it must not grow with the burst. */
const MOST_AT_ONCE = 100;

export type HeartbeatWriter = ReturnType<typeof createHeartbeatWriter>;

/** Writes heartbeats, those that come close together by one call. Nothing is written before the turn of the event loop ends. */
export function createHeartbeatWriter({ redis, keys, replicaId, clock }: HeartbeatWriterDeps) {
  const recordHeartbeats = bindScript(redis, RECORD_HEARTBEATS);
  let waiting: Waiting[] = [];
  let timer: Timer | undefined;
  let writtenMs = Number.NEGATIVE_INFINITY;

  function flush(): void {
    timer?.cancel();
    timer = undefined;
    writtenMs = clock.monotonic();
    const all = waiting;
    waiting = [];
    for (let start = 0; start < all.length; start += MOST_AT_ONCE) void write(all.slice(start, start + MOST_AT_ONCE));
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    const scriptKeys: string[] = [keys.heartbeats, keys.events];
    const args: (string | number)[] = [replicaId];
    for (const { body, ttlMs, source } of batch) {
      const { models, ...heartbeat } = body;
      const { agent_id: id, incarnation, sequence, models_digest: digest } = body;
      scriptKeys.push(keys.agent(id), keys.agentAlive(id));
      args.push(id, incarnation, sequence, JSON.stringify(heartbeat), ttlMs, models ? JSON.stringify(models) : '', digest);
      args.push(readyModels(body), source === 'agent' ? '1' : '');
    }
    try {
      const results = (await recordHeartbeats(scriptKeys, args)) as Recorded[];
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] ?? 'unknown');
    } catch (cause) {
      for (const { reject } of batch) reject(cause);
    }
  }

  return {
    /** Rejects while Redis is away. */
    write(body: HealthCheckRequest, ttlMs: number, source: HeartbeatSource): Promise<Recorded> {
      return new Promise((resolve, reject) => {
        waiting.push({ body, ttlMs, source, resolve, reject });
        timer ??= clock.setTimeout(flush, Math.max(0, writtenMs + GATHER_MS - clock.monotonic()));
      });
    },
    /** Writes at once what waits. */
    flush,
  };
}

/** Sorted, one a line: the same set is the same text. A name with a line break is no model's. */
function readyModels({ runners }: HealthCheckRequest): string {
  const names = runners.filter(({ state, model }) => state === 'ready' && !model.includes('\n')).map(({ model }) => model);
  return [...new Set(names)].sort().join('\n');
}
