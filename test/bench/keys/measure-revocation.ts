import { silentLogger, systemClock } from '@ollama-coordinator/common';
import { connectRedis, redisKeys, waitUntilReady } from '@ollama-coordinator/common/redis';
import { ApiKeys } from '#coordinator/credentials/api-keys.js';
import type { TestRedis } from '../../support/start-redis.js';

const REPLICAS = 3;
const LOOK_MS = 1;
const GIVE_UP_MS = 10_000;
/** How long Redis is away, while every revoked key is tried again and again. */
const AWAY_MS = 3000;

export interface RevocationFigures {
  /** From each revocation until the last of three replicas refuses the key. */
  readonly tookMs: readonly number[];
  /** Of the checks of revoked keys while Redis was killed, those that let one in; and how many there were. */
  readonly letInWhileAway: number;
  readonly checksWhileAway: number;
  /** Living keys that were refused meanwhile. */
  readonly keptOutWhileAway: number;
}

/** Three replicas on a real Redis, which is killed and left so in the end. */
export async function measureRevocation(server: TestRedis, tries: number): Promise<RevocationFigures> {
  const redisUrl = server.url;
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
  const revoked: string[] = [];
  const living = await (replicas[0] as ApiKeys).create({ name: 'living', scopes: ['infer'], limits: {} });
  for (let index = 0; index < tries; index += 1) {
    const { key, secret } = await (replicas[0] as ApiKeys).create({ name: `key ${index}`, scopes: ['infer'], limits: {} });
    await until(() => replicas.every((replica) => isGood(replica, secret)));
    const done = replicas[index % REPLICAS]?.revoke(key.id);
    tookMs.push(await until(() => replicas.every((replica) => !isGood(replica, secret))));
    await done;
    revoked.push(secret);
  }
  await server.kill();
  const away = { letInWhileAway: 0, checksWhileAway: 0, keptOutWhileAway: 0 };
  const untilMs = performance.now() + AWAY_MS;
  while (performance.now() < untilMs) {
    for (const replica of replicas) {
      away.letInWhileAway += revoked.filter((secret) => isGood(replica, secret)).length;
      away.checksWhileAway += revoked.length;
      if (!isGood(replica, living.secret)) away.keptOutWhileAway += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(replicas.map((replica) => replica.stop()));
  redis.disconnect();
  return { tookMs, ...away };
}
