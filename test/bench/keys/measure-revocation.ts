import { silentLogger, systemClock } from '@ollama-coordinator/common';
import { connectRedis, redisKeys, waitUntilReady } from '@ollama-coordinator/common/redis';
import { ApiKeys } from '#coordinator/credentials/api-keys.js';

const REPLICAS = 3;
const LOOK_MS = 1;
const GIVE_UP_MS = 10_000;

/** Milliseconds from each revocation until the last of three replicas refuses the key. */
export async function measureRevocation(redisUrl: string, tries: number): Promise<number[]> {
  const redis = connectRedis({ url: redisUrl, role: 'bench', log: silentLogger, commandTimeoutMs: 1000 });
  await waitUntilReady(redis, 5000);
  const deps = { redisUrl, redis, keys: redisKeys(), clock: systemClock, log: silentLogger };
  const replicas = Array.from({ length: REPLICAS }, () => new ApiKeys(deps));
  await Promise.all(replicas.map((replica) => replica.start()));
  const isGood = (replica: ApiKeys, secret: string) => {
    const holder = replica.find(secret);
    return holder !== undefined && replica.isAlive(holder.key);
  };
  const until = async (isSo: () => boolean) => {
    const startedMs = performance.now();
    while (!isSo() && performance.now() - startedMs < GIVE_UP_MS) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    return performance.now() - startedMs;
  };
  const tookMs: number[] = [];
  for (let index = 0; index < tries; index += 1) {
    const { key, secret } = await (replicas[0] as ApiKeys).create({ name: `key ${index}`, scopes: ['infer'], limits: {} });
    await until(() => replicas.every((replica) => isGood(replica, secret)));
    const done = replicas[index % REPLICAS]?.revoke(key.id);
    tookMs.push(await until(() => replicas.every((replica) => !isGood(replica, secret))));
    await done;
  }
  await Promise.all(replicas.map((replica) => replica.stop()));
  redis.disconnect();
  return tookMs;
}
