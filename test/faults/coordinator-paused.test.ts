import { setTimeout as wait } from 'node:timers/promises';
import { countLost } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { scaled, TTL_MS } from './support/scale.js';
import { watchOffline } from './support/watch-offline.js';

const PAUSED_MS = scaled(2.5 * TTL_MS, 30_000);

describe('coordinator paused', function () {
  this.timeout(180_000);

  it('takes nobody for offline, neither the paused replica nor the other', () =>
    runScenario({
      fault: 'coordinator paused 30 s',
      replicas: 2,
      slots: 16,
      run: async ({ fleet, client, figure }) => {
        const [paused, other] = fleet.coordinators;
        const streams = Array.from({ length: 10 }, () => client.ask({ url: paused?.url ?? '', tokens: 50 }));
        await Promise.all(streams.map(({ firstByte }) => firstByte));
        const watched = fleet.coordinators.map(({ url }) => watchOffline(url));
        paused?.program.signal('SIGSTOP');
        const callers = client.keepAsking({ url: other?.url ?? '', concurrency: 4, tokens: 3, pauseMs: 50 });
        await wait(PAUSED_MS);
        paused?.program.signal('SIGCONT');
        await wait(1.5 * TTL_MS);
        await callers.stop();
        const ended = await Promise.all(streams.map((stream) => stream.ended));
        const offline = await Promise.all(watched.map((each) => each.stop()));
        const others = client.records.filter(({ url }) => url === other?.url);
        figure({ name: 'agents falsely offline at the paused replica', value: offline[0] ?? Number.NaN, limit: 0, unit: 'of 2' });
        figure({ name: 'agents falsely offline at the other', value: offline[1] ?? Number.NaN, limit: 0, unit: 'of 2' });
        figure({ name: 'streams of the paused replica lost', value: countLost(ended), limit: 0, unit: `of ${ended.length}` });
        figure({ name: 'requests to the other lost', value: countLost(others), limit: 0, unit: `of ${others.length}` });
      },
    }));
});
