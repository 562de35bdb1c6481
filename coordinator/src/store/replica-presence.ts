import type { Clock } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';

/** How long a replica counts as living after its last sign, and how often it gives one. Milliseconds. */
const LIVING_MS = 6000;
const SIGN_MS = 2000;

/** Whether other replicas of this fleet live right now. Their keys run out by themselves when they do not. */
export async function countOtherReplicas(redis: Redis, keys: RedisKeys, replicaId: string): Promise<number> {
  const ids = (await redis.smembers(keys.replicas)).filter((id) => id !== replicaId);
  const living = await Promise.all(ids.map((id) => redis.exists(keys.replica(id))));
  const gone = ids.filter((_, index) => living[index] === 0);
  if (gone.length > 0) await redis.srem(keys.replicas, ...gone);
  return ids.length - gone.length;
}

/** Shows this replica as living until the returned function is called. */
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
}): () => Promise<void> {
  const sign = async () => {
    await redis.set(keys.replica(replicaId), '1', 'PX', LIVING_MS);
    await redis.sadd(keys.replicas, replicaId);
  };
  const signAnyway = () => void sign().catch(() => {});
  signAnyway();
  const timer = clock.setInterval(signAnyway, SIGN_MS);
  return async () => {
    timer.cancel();
    await Promise.all([redis.del(keys.replica(replicaId)), redis.srem(keys.replicas, replicaId)]).catch(() => {});
  };
}
