import { setTimeout as wait } from 'node:timers/promises';
import { findFreePort } from '../support/find-free-port.js';
import { countLost, timeUntil } from './support/measure.js';
import { listReceived } from './support/received-request.js';
import { runScenario, type Scenario } from './support/run-scenario.js';
import { HEARTBEAT_MS, scaled, TTL_MS } from './support/scale.js';
import { type FaultProxy, startFaultProxy } from './support/start-fault-proxy.js';

const FAULT = 'one-way and two-way partition';
const FIRST_BYTE_MS = 4000;

interface Ways {
  readonly toAgent: FaultProxy;
  readonly toCoordinator: FaultProxy;
}

describe(FAULT, function () {
  this.timeout(180_000);

  const partitions: readonly [string, (ways: Ways) => void][] = [
    ['coordinator to agent only', ({ toAgent }) => toAgent.swallow('requests')],
    ['agent to coordinator only', ({ toCoordinator }) => toCoordinator.swallow('requests')],
    [
      'both ways',
      ({ toAgent, toCoordinator }) => {
        toAgent.swallow('both');
        toCoordinator.swallow('both');
      },
    ],
  ];
  for (const [how, cut] of partitions) {
    it(`tries few agents and takes the agent back: ${how}`, () =>
      runScenario({
        fault: FAULT,
        agents: ['steady'],
        slots: 8,
        env: { COORDINATOR_FIRST_BYTE_TIMEOUT_MS: String(FIRST_BYTE_MS), COORDINATOR_LOAD_TIMEOUT_MS: '500' },
        run: (scenario) => divide(scenario, how, cut),
      }));
  }
});

async function divide(scenario: Scenario, how: string, cut: (ways: Ways) => void): Promise<void> {
  const { fleet, client, figure } = scenario;
  const ways = await joinThroughProxies(scenario);
  try {
    const callers = client.keepAsking({ concurrency: 4, stream: false, tokens: 3, pauseMs: 20 });
    await wait(scaled(2500, 10_000));
    cut(ways);
    await wait(scaled(1.5 * TTL_MS, 30_000));
    for (const proxy of [ways.toAgent, ways.toCoordinator]) proxy.swallow(undefined);
    const healedMs = performance.now();
    const rejoinedMs = await timeUntil(healedMs, 30_000, async () =>
      (await fleet.listAgents()).some(({ name, status }) => name === 'remote' && status === 'online'),
    );
    await callers.stop();
    const runs = new Map<string, number>();
    for (const { nonce } of listReceived(fleet.agents)) runs.set(nonce, (runs.get(nonce) ?? 0) + 1);
    const most = Math.max(...runs.values());
    figure({ name: `requests lost, ${how}`, value: countLost(client.records), limit: 0, unit: `of ${client.records.length}` });
    figure({ name: `most attempts of one request, ${how}`, value: most, limit: 3, unit: 'attempts' });
    figure({ name: `joined again, ${how}`, value: rejoinedMs / 1000, limit: (2 * HEARTBEAT_MS) / 1000, unit: 's' });
  } finally {
    await Promise.all([ways.toAgent.close(), ways.toCoordinator.close()]);
  }
}

/** An agent whose every connection, in and out, goes through a proxy. */
async function joinThroughProxies({ fleet }: Scenario): Promise<Ways> {
  const port = await findFreePort();
  const toAgent = await startFaultProxy(() => port);
  const toCoordinator = await startFaultProxy(() => Number(new URL(fleet.url).port));
  await fleet.addAgent({
    name: 'remote',
    ollama: { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10 }], numParallel: 8 },
    env: {
      AGENT_HEARTBEAT_MS: String(HEARTBEAT_MS),
      AGENT_SLOTS: '8',
      AGENT_PORT: String(port),
      AGENT_ADVERTISE: `127.0.0.1:${toAgent.port}`,
      AGENT_COORDINATOR_URL: toCoordinator.url,
    },
  });
  return { toAgent, toCoordinator };
}
