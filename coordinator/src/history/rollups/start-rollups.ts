import type { Clock, Logger } from '@ollama-coordinator/common';
import { connectRedis, type Redis, type RedisKeys } from '@ollama-coordinator/common/redis';
import { Queue, Worker } from 'bullmq';
import { rollUp } from './roll-up.js';

export interface RollupsDeps {
  readonly redisUrl: string;
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  /** Between two roll-ups. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const QUEUE = 'rollups';
const SCHEDULER = 'roll-up';
const KEPT = { count: 10 };
const COMMAND_TIMEOUT_MS = 2000;
/** Above the longest blocking read of a worker. */
const BLOCKING_TIMEOUT_MS = 15_000;
/** The schedule is written again this often: Redis may have lost it. */
const RENEW_MS = 60_000;

/** Has BullMQ roll the history up, each time at one of the replicas. Returns how to stop. */
export function startRollups(deps: RollupsDeps): { stop(): Promise<void> } {
  const { redisUrl: url, keys, replicaId, everyMs, clock, log } = deps;
  const commands = connectRedis({ url, role: 'rollups', log, commandTimeoutMs: COMMAND_TIMEOUT_MS });
  const working = connectRedis({ url, role: 'rollup-worker', log, blockingTimeoutMs: BLOCKING_TIMEOUT_MS });
  const queue = new Queue(QUEUE, { connection: commands, prefix: keys.bullPrefix });
  const worker = new Worker(QUEUE, () => catchUp(deps), {
    connection: working,
    prefix: keys.bullPrefix,
    name: replicaId,
    concurrency: 1,
    removeOnComplete: KEPT,
    removeOnFail: KEPT,
  });
  const onError = (error: Error) => log.debug({ err: error }, 'rolling up failed');
  queue.on('error', onError);
  worker.on('error', onError);
  const schedule = () => {
    queue
      .upsertJobScheduler(SCHEDULER, { every: everyMs }, { name: SCHEDULER, opts: { removeOnComplete: KEPT, removeOnFail: KEPT } })
      .catch((error: unknown) => log.debug({ err: error }, 'the schedule of the roll-ups could not be written'));
  };
  schedule();
  const renewing = clock.setInterval(schedule, RENEW_MS);
  return {
    async stop() {
      renewing.cancel();
      await worker.close();
      await queue.close();
      working.disconnect();
      commands.disconnect();
    },
  };
}

async function catchUp(deps: RollupsDeps): Promise<void> {
  while ((await rollUp(deps)).isBehind);
}
