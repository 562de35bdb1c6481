import { setTimeout as wait } from 'node:timers/promises';
import { startFrontNginx } from '../support/proxies/start-front-nginx.js';
import { countLost } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { HEARTBEAT_MS, scaled } from './support/scale.js';

const ADMIN_KEY = 'test-admin-key-0123456789';
const JOIN_TOKEN = 'test-join-token-0123456789';
const CALM_MS = scaled(700, 10_000);

describe('rolling restart of all replicas behind nginx', function () {
  this.timeout(180_000);

  it('loses nothing', () =>
    runScenario({
      fault: 'rolling restart of all replicas behind nginx',
      replicas: 3,
      agents: [],
      env: {
        COORDINATOR_AUTH: 'on',
        COORDINATOR_ADMIN_KEY: ADMIN_KEY,
        COORDINATOR_JOIN_TOKEN: JOIN_TOKEN,
        COORDINATOR_TRUSTED_PROXIES: '127.0.0.1',
      },
      run: async ({ fleet, client, figure }) => {
        const [first = 0, second = 0, third = 0] = fleet.coordinators.map(({ url }) => Number(new URL(url).port));
        const nginx = await startFrontNginx([first, second, third]);
        try {
          for (const name of ['one', 'two']) {
            await fleet.addAgent({
              name,
              ollama: {
                models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10, outputTokens: 1000 }],
                numParallel: 16,
              },
              env: {
                AGENT_COORDINATOR_URL: nginx.url,
                AGENT_JOIN_TOKEN: JOIN_TOKEN,
                AGENT_HEARTBEAT_MS: String(HEARTBEAT_MS),
                AGENT_SLOTS: '16',
              },
            });
          }
          const short = client.keepAsking({ url: nginx.url, concurrency: 4, stream: false, tokens: 3, pauseMs: 10 });
          const long = client.keepAsking({ url: nginx.url, concurrency: 6, tokens: 150 });
          await wait(CALM_MS);
          for (let index = 0; index < 3; index += 1) {
            await fleet.restartCoordinator(index);
            await wait(CALM_MS);
          }
          await Promise.all([short.stop(), long.stop()]);
          const lost = client.records.filter(({ outcome }) => outcome !== 'complete');
          const note = lost.length === 0 ? undefined : [...new Set(lost.map(({ detail }) => detail))].join('; ').slice(0, 300);
          figure({
            name: 'requests lost',
            value: countLost(client.records),
            limit: 0,
            unit: `of ${client.records.length}`,
            ...(note === undefined ? {} : { note }),
          });
        } finally {
          await nginx.stop();
        }
      },
    }));
});
