import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { countLost, timeUntil } from './support/measure.js';
import { runScenario, type Scenario } from './support/run-scenario.js';
import { HEARTBEAT_MS, scaled } from './support/scale.js';
import { watchOffline } from './support/watch-offline.js';

const FAULT = 'Redis full (noeviction); FLUSHALL';
const FULL_MS = scaled(3000, 60_000);

describe(FAULT, function () {
  this.timeout(180_000);

  it('gets its agents back after FLUSHALL', () =>
    runScenario({
      fault: FAULT,
      slots: 8,
      run: (scenario) => endure(scenario, 'FLUSHALL', async (redis) => void (await redis.flushall())),
    }));

  it('serves on while Redis takes no writes, and recovers', () =>
    runScenario({
      fault: FAULT,
      slots: 8,
      run: (scenario) =>
        endure(scenario, 'full', async (redis) => {
          await redis.config('SET', 'maxmemory-policy', 'noeviction');
          await redis.config('SET', 'maxmemory', '1');
          const { status } = await scenario.fleet.post('/api/pull', { model: 'wanted', stream: false });
          scenario.figure({
            name: 'jobs that are not answered 503, full',
            value: status === 503 ? 0 : 1,
            limit: 0,
            unit: `of 1 (${status})`,
          });
          await wait(FULL_MS);
          await redis.config('SET', 'maxmemory', '0');
        }),
    }));
});

async function endure({ fleet, client, figure }: Scenario, how: string, happen: (redis: Redis) => Promise<void>): Promise<void> {
  const redis = new Redis(fleet.redis.url);
  try {
    const callers = client.keepAsking({ concurrency: 6, tokens: 3, pauseMs: 20 });
    const offline = watchOffline(fleet.url);
    await wait(1000);
    const ids = (await fleet.listAgents()).map(({ id }) => id);
    await happen(redis);
    const overMs = performance.now();
    const backMs = await timeUntil(overMs, 30_000, async () => {
      const known = await redis.smembers('{oc}:agents');
      const alive = await Promise.all(ids.map((id) => redis.exists(`{oc}:agent:${id}`, `{oc}:agent:${id}:alive`)));
      return ids.every((id) => known.includes(id)) && alive.every((count) => count === 2);
    });
    await wait(HEARTBEAT_MS);
    await callers.stop();
    figure({ name: `requests lost, ${how}`, value: countLost(client.records), limit: 0, unit: `of ${client.records.length}` });
    figure({ name: `agents in Redis again, ${how}`, value: backMs / 1000, limit: HEARTBEAT_MS / 1000 + 3, unit: 's' });
    figure({ name: `agents falsely offline, ${how}`, value: await offline.stop(), limit: 0, unit: 'of 2' });
  } finally {
    redis.disconnect();
  }
}
