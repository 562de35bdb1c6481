import type { Redis } from '@ollama-coordinator/common/redis';

/**
 * Whether this replica is the one that does something: takes the lease where nobody has it, renews it where it is this one's. To be asked
 * again well before it runs out. Rejects while Redis is away.
 */
export async function holdsLease(redis: Redis, key: string, replicaId: string, leaseMs: number): Promise<boolean> {
  if ((await redis.set(key, replicaId, 'PX', leaseMs, 'NX')) === 'OK') return true;
  if ((await redis.get(key)) !== replicaId) return false;
  await redis.pexpire(key, leaseMs);
  return true;
}
