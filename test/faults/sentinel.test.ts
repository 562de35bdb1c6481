import { setTimeout as wait } from 'node:timers/promises';
import { countLost, timeUntil } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { HEARTBEAT_MS } from './support/scale.js';
import { type Sentinels, startSentinels } from './support/start-sentinels.js';
import { watchOffline } from './support/watch-offline.js';

const DOWN_AFTER_MS = 1000;

describe('Redis fails over', function () {
  this.timeout(180_000);
  let sentinels: Sentinels;
  before(async () => {
    sentinels = await startSentinels({ downAfterMs: DOWN_AFTER_MS });
  });
  after(() => sentinels.close());

  it('is followed to the next master', () =>
    runScenario({
      fault: 'Redis fails over (Sentinel, 3 nodes)',
      replicas: 2,
      env: { COORDINATOR_REDIS_URL: sentinels.url },
      run: async ({ fleet, client, figure }) => {
        const callers = client.keepAsking({ concurrency: 6, tokens: 3, pauseMs: 20 });
        const offline = fleet.coordinators.map(({ url }) => watchOffline(url));
        const isUp = async () =>
          (
            await Promise.all(fleet.coordinators.map(async ({ url }) => (await (await fetch(`${url}/readyz`)).json()) as { redis: string }))
          ).every(({ redis }) => redis === 'up');
        await wait(1000);
        await sentinels.killMaster();
        const killedMs = performance.now();
        await timeUntil(killedMs, 5000, async () => !(await isUp()));
        const upMs = await timeUntil(killedMs, 60_000, isUp);
        const writtenMs = await timeUntil(killedMs, 60_000, () => isWritten(fleet.url, fleet.coordinators[1]?.url ?? ''));
        await wait(HEARTBEAT_MS);
        await callers.stop();
        const falsely = await Promise.all(offline.map((each) => each.stop()));
        figure({ name: 'writes taken again', value: upMs / 1000, limit: DOWN_AFTER_MS / 1000 + 5, unit: 's' });
        const limit = (DOWN_AFTER_MS + HEARTBEAT_MS) / 1000 + 5;
        figure({ name: 'a change at one replica seen at the other', value: writtenMs / 1000, limit, unit: 's' });
        figure({ name: 'requests lost', value: countLost(client.records), limit: 0, unit: `of ${client.records.length}` });
        figure({ name: 'agents falsely offline', value: Math.max(...falsely), limit: 0, unit: 'of 2' });
      },
    }));
});

/** Changes an agent at one replica and looks whether the other learns of it, which it does through Redis. */
async function isWritten(writer: string, reader: string): Promise<boolean> {
  const [agent] = (await (await fetch(`${writer}/api/agents`)).json()) as { id: string }[];
  const body = JSON.stringify({ weight: 2 });
  const changed = await fetch(`${writer}/api/agents/${agent?.id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body,
  });
  if (!changed.ok) return false;
  const seen = (await (await fetch(`${reader}/api/agents/${agent?.id}`)).json()) as { weight: number };
  return seen.weight === 2;
}
