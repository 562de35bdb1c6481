import { setTimeout as wait } from 'node:timers/promises';
import { countLost, timeUntil } from './support/measure.js';
import { runScenario, type Scenario } from './support/run-scenario.js';
import { HEARTBEAT_MS, scaled } from './support/scale.js';
import { watchOffline } from './support/watch-offline.js';

const STREAMS = 100;
const AWAY_MS = scaled(4000, 60_000);

describe('Redis killed or hung with 100 streams running', function () {
  this.timeout(180_000);
  const common = {
    fault: 'Redis killed, or hung, with 100 streams running',
    slots: 64,
    ollama: { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 10, loadMs: 10, outputTokens: 100_000 }] },
  } as const;

  it('loses nothing while it is killed and started again', () =>
    runScenario({
      ...common,
      run: (scenario) =>
        streamThrough(
          scenario,
          'killed',
          () => scenario.fleet.redis.kill(),
          () => scenario.fleet.redis.restart(),
        ),
    }));

  it('loses nothing while it is hung', () =>
    runScenario({
      ...common,
      run: (scenario) =>
        streamThrough(
          scenario,
          'hung',
          () => scenario.fleet.redis.pause(),
          () => scenario.fleet.redis.resume(),
        ),
    }));
});

/** 100 streams run over the whole outage, others come meanwhile; then the registry must be right again. */
async function streamThrough(
  { fleet, client, figure }: Scenario,
  how: string,
  takeAway: () => unknown,
  giveBack: () => unknown,
): Promise<void> {
  const streams = Array.from({ length: STREAMS }, () => client.ask({ tokens: Math.round((AWAY_MS / 1000 + 2) * 10) }));
  await Promise.all(streams.map(({ firstByte }) => firstByte));
  const falselyOffline = watchOffline(fleet.url);
  await takeAway();
  const callers = client.keepAsking({ concurrency: 8, tokens: 3, pauseMs: 50 });
  await wait(AWAY_MS);
  await giveBack();
  const backMs = performance.now();
  const rightAfterMs = await timeUntil(backMs, 5 * (HEARTBEAT_MS + 3000), async () => {
    const { redis } = (await (await fetch(`${fleet.url}/readyz`)).json()) as { redis: string };
    return redis === 'up' && (await fleet.listAgents()).every(({ status }) => status === 'online');
  });
  await callers.stop();
  const ended = await Promise.all(streams.map((stream) => stream.ended));
  const others = client.records.filter((record) => !ended.includes(record));
  figure({
    name: `streams lost, ${how}`,
    value: countLost(ended),
    limit: 0,
    unit: `of ${STREAMS}`,
  });
  figure({
    name: `other requests lost in ${AWAY_MS / 1000} s without Redis, ${how}`,
    value: countLost(others),
    limit: 0,
    unit: `of ${others.length}`,
  });
  figure({ name: `registry right after its return, ${how}`, value: rightAfterMs / 1000, limit: (HEARTBEAT_MS + 3000) / 1000, unit: 's' });
  figure({ name: `agents falsely offline, ${how}`, value: await falselyOffline.stop(), limit: 0, unit: 'agents' });
}
