import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { countLost } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { HEARTBEAT_MS, scaled, TTL_MS } from './support/scale.js';
import { watchOffline } from './support/watch-offline.js';

describe('clocks off by a day', function () {
  this.timeout(180_000);

  it('change nothing', () =>
    runScenario({
      fault: 'clocks off by a day',
      agents: [],
      replicas: 2,
      run: async ({ fleet, client, figure }) => {
        for (const [name, offset] of [
          ['ahead', '+1d'],
          ['behind', '-1d'],
        ] as const) {
          await fleet.addAgent({
            name,
            ollama: { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10 }], numParallel: 4 },
            env: {
              AGENT_HEARTBEAT_MS: String(HEARTBEAT_MS),
              AGENT_SLOTS: '4',
              LD_PRELOAD: faketimeLibrary(),
              FAKETIME: offset,
              FAKETIME_DONT_FAKE_MONOTONIC: '1',
            },
          });
        }
        const offline = fleet.coordinators.map(({ url }) => watchOffline(url));
        const callers = client.keepAsking({ concurrency: 6, tokens: 3, pauseMs: 20 });
        await wait(scaled(2 * TTL_MS, 60_000));
        await callers.stop();
        const falsely = await Promise.all(offline.map((each) => each.stop()));
        const served = new Set(client.records.map(({ agent }) => agent));
        figure({ name: 'requests lost', value: countLost(client.records), limit: 0, unit: `of ${client.records.length}` });
        figure({ name: 'agents falsely offline', value: Math.max(...falsely), limit: 0, unit: 'of 2' });
        figure({
          name: 'agents that served nothing',
          value: ['ahead', 'behind'].filter((name) => !served.has(name)).length,
          limit: 0,
          unit: 'of 2',
        });
      },
    }));
});

/** Where Debian's faketime keeps what the program of that name preloads. */
function faketimeLibrary(): string {
  const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const path = `/usr/lib/${architecture}-linux-gnu/faketime/libfaketime.so.1`;
  if (!existsSync(path)) throw new Error(`faketime is installed without ${path}`);
  return path;
}
