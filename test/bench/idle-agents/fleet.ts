import { answerOrders } from '../support/companion.js';
import type { FleetCounts, FleetOrder, JoinOrder } from './fleet-order.js';
import { createIdleAgent, type IdleAgent } from './idle-agent.js';
import { createWatchedPorts } from './watched-ports.js';

/** The simulated fleet of bench:fleet-idle: all its agents in one process, so that their cost is not the coordinator's. */
answerOrders<FleetOrder, FleetCounts>(async (order) => {
  if (order.kind === 'join') await join(order);
  return takeCounts();
});

const JOINING_AT_ONCE = 32;
const FAILURES_KEPT = 5;
const ports = createWatchedPorts();
let heartbeats = 0;
let failureCount = 0;
let failures: string[] = [];

async function join({ coordinatorUrl, agents, heartbeatMs, watched }: JoinOrder): Promise<void> {
  const fleet: IdleAgent[] = [];
  for (let index = 0; index < agents; index += 1) {
    const port = watched ? await ports.open() : 1;
    fleet.push(createIdleAgent({ index, port, coordinatorUrl, heartbeatMs }));
  }
  const waiting = [...fleet];
  const register = async () => {
    for (let agent = waiting.shift(); agent !== undefined; agent = waiting.shift()) await attempt(() => agent?.register());
  };
  await Promise.all(Array.from({ length: JOINING_AT_ONCE }, register));
  fleet.forEach((agent, index) => {
    const beat = async () => {
      if (await attempt(() => agent.beat())) heartbeats += 1;
    };
    setTimeout(
      () => {
        void beat();
        setInterval(() => void beat(), heartbeatMs);
      },
      (index * heartbeatMs) / agents,
    );
  });
}

async function attempt(action: () => Promise<void> | undefined): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    failureCount += 1;
    if (failures.length < FAILURES_KEPT) failures.push(error instanceof Error ? error.message : String(error));
    return false;
  }
}

function takeCounts(): FleetCounts {
  const counts = { heartbeats, watches: ports.openWatches(), failureCount, failures };
  heartbeats = 0;
  failureCount = 0;
  failures = [];
  return counts;
}
