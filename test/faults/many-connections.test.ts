import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { FleetCounts, FleetOrder } from '../bench/idle-agents/fleet-order.js';
import { startCompanion } from '../bench/support/companion.js';
import { ownRssBytes } from '../bench/support/process-usage.js';
import { percentile } from '../bench/support/statistics.js';
import { countLost, firstByteTimes, timeUntil } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { HEARTBEAT_MS, scaled } from './support/scale.js';

const AGENTS = scaled(150, 500);
const PAGES = scaled(300, 2000);

describe('many connections', function () {
  this.timeout(300_000);

  it('of agents that come all at once are taken without slowing inference', () =>
    runScenario({
      fault: '500 agents reconnect at once',
      slots: 8,
      run: async ({ fleet, client, figure }) => {
        const crowd = startCompanion<FleetOrder, FleetCounts>(new URL('../bench/idle-agents/fleet.js', import.meta.url));
        try {
          const callers = client.keepAsking({ concurrency: 4, stream: false, tokens: 3, pauseMs: 20 });
          await wait(scaled(3000, 15_000));
          const fromMs = performance.now();
          const order = { kind: 'join', coordinatorUrl: fleet.url, agents: AGENTS, heartbeatMs: HEARTBEAT_MS * 4, watched: true } as const;
          const joined = await crowd.ask(order);
          const onlineMs = await timeUntil(
            fromMs,
            120_000,
            async () =>
              (await fleet.listAgents()).filter(({ name, status }) => name.startsWith('idle-') && status === 'online').length === AGENTS,
          );
          await wait(1000);
          await callers.stop();
          const times = (isAfter: boolean) => firstByteTimes(client.records.filter(({ sentMs }) => sentMs > fromMs === isAfter));
          const [calm, crowded] = [percentile(times(false), 0.99), percentile(times(true), 0.99)];
          figure({
            name: `all ${AGENTS} online`,
            value: onlineMs / 1000,
            limit: 45,
            unit: 's',
            note: `${joined.failureCount} calls failed`,
          });
          const note = `${calm.toFixed(0)} → ${crowded.toFixed(0)} ms`;
          figure({ name: 'p99 of inference meanwhile', value: crowded / calm, limit: 1.5, unit: '×', note });
          figure({ name: 'requests lost', value: countLost(client.records), limit: 0, unit: `of ${client.records.length}` });
        } finally {
          await crowd.stop();
        }
      },
    }));

  it('of dashboards cost little and hear of changes soon', () =>
    runScenario({
      fault: '2,000 idle dashboard sockets',
      run: async ({ fleet, figure }) => {
        const pid = fleet.coordinators[0]?.program.pid ?? 0;
        const first = await openPages(fleet.url, 20);
        await wait(2000);
        const before = ownRssBytes(pid);
        const pages = await openPages(fleet.url, PAGES);
        await wait(3000);
        const perPageKib = Math.max(0, ownRssBytes(pid) - before) / 1024 / PAGES;
        const [agent] = await fleet.listAgents();
        const heard = pages.map((page) => heardOfDraining(page, agent?.id ?? ''));
        const fromMs = performance.now();
        await fleet.post(`/api/agents/${agent?.id}/drain`, {});
        await Promise.race([Promise.all(heard), wait(20_000)]);
        const fanOutMs = performance.now() - fromMs;
        for (const page of [...first, ...pages]) page.terminate();
        figure({ name: `memory of each of ${PAGES} pages`, value: perPageKib, limit: 20, unit: 'KiB' });
        figure({ name: 'a change seen by all of them', value: fanOutMs / 1000, limit: 1, unit: 's' });
      },
    }));
});

async function openPages(url: string, count: number): Promise<readonly WebSocket[]> {
  const pages: WebSocket[] = [];
  while (pages.length < count) {
    const some = Array.from(
      { length: Math.min(50, count - pages.length) },
      () => new WebSocket(`${url.replace('http', 'ws')}/ws/dashboard`, ['ollama-coordinator']),
    );
    await Promise.all(some.map((page) => once(page, 'open')));
    pages.push(...some);
  }
  return pages;
}

function heardOfDraining(page: WebSocket, id: string): Promise<void> {
  return new Promise((resolve) => {
    page.on('message', (data) => {
      const text = String(data);
      if (text.includes(id) && text.includes('"draining"')) resolve();
    });
  });
}
