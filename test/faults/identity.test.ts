import { setTimeout as wait } from 'node:timers/promises';
import type { FleetEvent } from '@ollama-coordinator/common';
import { agentOf, countLost, timeUntil } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { TTL_MS } from './support/scale.js';
import { listAgents } from './support/watch-offline.js';

const FAULT = 'duplicate agent id; address change; concurrent sweeps';

describe(FAULT, function () {
  this.timeout(180_000);

  it('lets the newer start of an id take over, and refuses the older one', () =>
    runScenario({
      fault: FAULT,
      replicas: 2,
      run: async ({ fleet, figure }) => {
        const [first, second] = fleet.coordinators.map(({ url }) => url);
        const register = async (url: string | undefined, incarnation: number) => {
          const body = {
            agent_id: 'twin',
            incarnation,
            machine_name: 'twin',
            ip_address: '127.0.0.1',
            port: 1,
            ollama_port: 2,
            ollama_version: '0',
          };
          const response = await fetch(`${url}/api/agents/register`, {
            method: 'POST',
            body: JSON.stringify(body),
            headers: { 'content-type': 'application/json' },
          });
          return { status: response.status, token: ((await response.json()) as { token?: string }).token ?? '' };
        };
        const beat = async (url: string | undefined, incarnation: number, token: string) => {
          const body = { agent_id: 'twin', incarnation, sequence: 1 };
          const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
          return (await fetch(`${url}/api/health`, { method: 'POST', body: JSON.stringify(body), headers })).status;
        };
        const five = await register(first, 5);
        const six = await register(second, 6);
        const statuses = [
          five.status,
          six.status,
          (await register(first, 5)).status,
          await beat(first, 5, five.token),
          await beat(second, 6, six.token),
        ];
        const wrong = statuses.filter((status, index) => ![[201, 200], [200], [409], [409], [200]][index]?.includes(status)).length;
        figure({ name: 'answers to two starts of one id that are wrong', value: wrong, limit: 0, unit: 'of 5', note: statuses.join(', ') });
      },
    }));

  it('follows an agent to its next address, and tells of its end exactly once', () =>
    runScenario({
      fault: FAULT,
      replicas: 3,
      slots: 8,
      run: async ({ fleet, client, figure }) => {
        const addressOf = async (name: string) => (await fleet.listAgents()).find((agent) => agent.name === name)?.address;
        const callers = client.keepAsking({ concurrency: 4, stream: false, tokens: 3, pauseMs: 20 });
        const before = await addressOf('one');
        await agentOf(fleet, 'one').program.stop(0);
        await fleet.restartAgent('one');
        const after = await addressOf('one');
        const served = await timeUntil(performance.now(), 5000, async () => (await client.ask({ tokens: 1 }).ended).agent === 'one');
        await callers.stop();
        figure({ name: 'served at its next address', value: served / 1000, limit: 1, unit: 's', note: `${before} → ${after}` });
        figure({
          name: 'requests lost over a change of address',
          value: countLost(client.records),
          limit: 0,
          unit: `of ${client.records.length}`,
        });

        const id = (await fleet.listAgents()).find(({ name }) => name === 'two')?.id;
        agentOf(fleet, 'two').program.signal('SIGKILL');
        const isOffline = async (url: string) => (await listAgents(url)).some((agent) => agent.id === id && agent.status === 'offline');
        await timeUntil(performance.now(), 20_000, async () =>
          (await Promise.all(fleet.coordinators.map(({ url }) => isOffline(url)))).every(Boolean),
        );
        await wait(TTL_MS);
        const { events } = (await (await fetch(`${fleet.url}/api/coordinator/events?limit=200`)).json()) as { events: FleetEvent[] };
        const ends = events.filter((event) => event.type === 'offline' && event.agent_id === id).length;
        figure({ name: 'offline events too many or too few, 3 replicas sweeping', value: Math.abs(ends - 1), limit: 0, unit: 'events' });
      },
    }));
});
