import type { Clock } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';

/** How long a replica counts as living after its last sign, and how often it gives one. Milliseconds. */
const LIVING_MS = 6000;
const SIGN_MS = 2000;

/** Whether other replicas of this fleet live right now. Their keys run out by themselves when they do not. */
export async function countOtherReplicas(redis: Redis, keys: RedisKeys, replicaId: string): Promise<number> {
  return (await listOtherReplicas(redis, keys, replicaId)).length;
}

async function listOtherReplicas(redis: Redis, keys: RedisKeys, replicaId: string): Promise<string[]> {
  const ids = (await redis.smembers(keys.replicas)).filter((id) => id !== replicaId);
  const living = await Promise.all(ids.map((id) => redis.exists(keys.replica(id))));
  const gone = ids.filter((_, index) => living[index] === 0);
  if (gone.length > 0) await redis.srem(keys.replicas, ...gone);
  return ids.filter((_, index) => living[index] !== 0);
}

export interface ReplicaPresence {
  /**
   * The ids of the replicas that live, this one's among them, as of the last sign. Cheap: for whoever divides work among replicas. Two
   * replicas may see different lists for some seconds. Another array where the list has changed.
   */
  living(): readonly string[];
  /** Others see it gone within seconds. */
  stop(): Promise<void>;
}

/** Shows this replica as living until it is stopped, and keeps the list of those that live. While Redis is away the list stays. */
export function announceReplica({
  redis,
  keys,
  replicaId,
  clock,
}: {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly replicaId: string;
  readonly clock: Clock;
}): ReplicaPresence {
  let living: readonly string[] = [replicaId];
  const sign = async () => {
    await redis.set(keys.replica(replicaId), '1', 'PX', LIVING_MS);
    await redis.sadd(keys.replicas, replicaId);
    const ids = [replicaId, ...(await listOtherReplicas(redis, keys, replicaId))].sort();
    if (ids.join('\n') !== living.join('\n')) living = ids;
  };
  const signAnyway = () => void sign().catch(() => {});
  signAnyway();
  const timer = clock.setInterval(signAnyway, SIGN_MS);
  return {
    living: () => living,
    async stop() {
      timer.cancel();
      await Promise.all([redis.del(keys.replica(replicaId)), redis.srem(keys.replicas, replicaId)]).catch(() => {});
    },
  };
}
