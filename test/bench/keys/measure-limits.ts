import { type KeyLimits, silentLogger, systemClock } from '@ollama-coordinator/common';
import { connectRedis, redisKeys, waitUntilReady } from '@ollama-coordinator/common/redis';
import { createKeyLimits } from '#coordinator/admission/limits/key-limits.js';
import { toApiKey } from '#coordinator/credentials/api-key.js';
import type { Caller } from '#coordinator/credentials/caller.js';

const REPLICAS = 3;
const CALLERS = 12;

export interface LimitsFigures {
  /** What was used, as a part of what was allowed in that time. */
  readonly requestsShare: number;
  readonly tokensShare: number;
  /** Microseconds of CPU per admitted request, Redis not counted. */
  readonly admitMicros: number;
  /** Claims that went to Redis, per admitted request. */
  readonly claimsPerRequest: number;
}

/** Three replicas on a real Redis, callers that ask for more than a key may use, for so many seconds. */
export async function measureLimits(redisUrl: string, seconds: number): Promise<LimitsFigures> {
  const redis = connectRedis({ url: redisUrl, role: 'bench', log: silentLogger, commandTimeoutMs: 1000 });
  await waitUntilReady(redis, 5000);
  const replicas = Array.from({ length: REPLICAS }, (_, index) =>
    createKeyLimits({ redis, keys: redisKeys(), replicaId: `r${index}`, clock: systemClock, replicas: () => REPLICAS }),
  );
  const run = async (who: Caller, tokensOf: () => number, untilMs: number) => {
    let [granted, tokens] = [0, 0];
    const ask = async (index: number) => {
      while (performance.now() < untilMs) {
        const permit = await replicas[index % REPLICAS]?.admit(who)?.catch(() => undefined);
        if (permit) {
          const used = tokensOf();
          permit.charge(used);
          granted += 1;
          tokens += used;
        }
        await new Promise((resolve) => setTimeout(resolve, permit ? 1 : 5));
        permit?.release();
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, (_, index) => ask(index)));
    return { granted, tokens };
  };
  // A window's budget at once, then as much of it as has passed.
  const allowed = (perMinute: number) => perMinute * (1 + Math.floor(Math.max(0, seconds - 60)) / 60);
  const untilMs = performance.now() + seconds * 1000;
  const [requests, tokens] = await Promise.all([
    run(keyWith({ requests_per_minute: 1200 }), () => 1, untilMs),
    run(keyWith({ tokens_per_minute: 120_000 }), () => 20 + Math.floor(Math.random() * 180), untilMs),
  ]);
  const before = await claims(redis);
  const startCpu = process.cpuUsage();
  const many = keyWith({ requests_per_minute: 10_000_000, tokens_per_minute: 1_000_000_000, concurrency: 1000 });
  const admitted = 50_000;
  for (let count = 0; count < admitted; count += 1) (await replicas[count % REPLICAS]?.admit(many))?.release();
  const { user, system } = process.cpuUsage(startCpu);
  const figures = {
    requestsShare: requests.granted / allowed(1200),
    tokensShare: tokens.tokens / allowed(120_000),
    admitMicros: (user + system) / admitted,
    claimsPerRequest: ((await claims(redis)) - before) / admitted,
  };
  for (const replica of replicas) replica.stop();
  redis.disconnect();
  return figures;
}

let made = 0;
function keyWith(limits: KeyLimits): Caller {
  made += 1;
  const stored = { id: `key-${made}`, name: 'bench', scopes: ['infer' as const], limits, created_at: '', version: 1 };
  const key = toApiKey(`hash-${made}`, stored);
  return { id: 'bench', scopes: key.scopes, key };
}

async function claims(redis: { info(section: string): Promise<string> }): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
}
