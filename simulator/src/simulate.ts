import type { Attempt, Request } from '@ollama-coordinator/common';
import { createFleetWorld, type FleetWorld } from './fleet-world.js';
import { type Arrival, assignModels } from './input/assign-models.js';
import type { Fleet } from './input/fleet.js';
import type { Trace } from './input/trace.js';
import { createChatBodies } from './machine/chat-bodies.js';
import { seededBy } from './machine/seeded-by.js';
import { createTruth } from './machine/truth.js';
import type { CreateBalancer } from './named-balancer.js';
import type { SimulatedRequest, SimulationResult } from './simulation-result.js';
import { quiesce } from './time/quiesce.js';
import { runUntil } from './time/run-until.js';
import { sendChat } from './world/send-chat.js';
import { createSimClient, type SimClient } from './world/sim-client.js';

export interface SimulationOptions {
  readonly trace: Trace;
  readonly fleet: Fleet;
  readonly seed: number;
  readonly replicas: number;
  /** Called once per replica. */
  readonly createBalancer: CreateBalancer;
}

/** The fleet comes together before anybody asks it. */
const START_MS = 5000;
/** A trace is given up so long after its last arrival. */
const PATIENCE_MS = 24 * 3_600_000;
const STEP_MS = 5000;

interface Followed {
  readonly arrival: Arrival;
  readonly client: SimClient;
  outcome: Request | undefined;
  attempt: Attempt | undefined;
}

/** Lets a trace happen on a fleet: the coordinator's and the agent's own code, in simulated time. The same options give the same result. */
export async function simulate({ trace, fleet, seed, replicas: count, createBalancer }: SimulationOptions): Promise<SimulationResult> {
  const arrivals = assignModels(trace, fleet, seededBy(seed, 'models'));
  const truth = createTruth(fleet, arrivals, seed);
  const followed = new Map<string, Followed>();
  const note = (id: string, what: Partial<Followed>) => Object.assign(followed.get(id) ?? {}, what);
  const world = createFleetWorld({
    fleet,
    truth,
    seed,
    onSettled: (outcome) => note(outcome.id, { outcome }),
    onAttempt: (attempt) => note(attempt.request_id, { attempt }),
  });
  for (let place = 0; place < count; place += 1) world.startReplica(await createBalancer(truth));
  const lastMs = START_MS + (arrivals.at(-1)?.atMs ?? 0);
  world.startAgents(lastMs);
  scheduleArrivals(world, arrivals, seed, (one) => void followed.set(one.arrival.id, one));
  const events = await runToTheEnd(world, lastMs, () => [...followed.values()].every(({ client }) => client.seen.endMs !== undefined));

  const all = [...followed.values()];
  return {
    requests: all.map(toResult),
    machines: [...world.agents.values()].map(({ id, ollama }) => ({ name: id, loads: ollama.stats.loads, evictions: ollama.evictions() })),
    faults: world.replicas.flatMap(({ balancing }) => balancing.faults()).reduce((sum, fault) => sum + fault.count, 0),
    simulatedMs: Math.max(...all.map(({ client }) => client.seen.endMs ?? 0)) - START_MS,
    events,
  };
}

/** Each request goes to any replica, as a load balancer in front of them would have it. */
function scheduleArrivals(
  { clock, replicas, known }: FleetWorld,
  arrivals: readonly Arrival[],
  seed: number,
  onArrival: (one: Followed) => void,
): void {
  const bodyOf = createChatBodies(seed);
  const spread = seededBy(seed, 'replicas');
  for (const arrival of arrivals) {
    clock.at(START_MS + arrival.atMs, () => {
      const replica = replicas[Math.floor(spread() * replicas.length)];
      if (!replica) return;
      const client = createSimClient(clock);
      onArrival({ arrival, client, attempt: undefined, outcome: undefined });
      known.arrives(arrival);
      sendChat(replica, client, { id: arrival.id, caller: arrival.caller, body: bodyOf(arrival) });
    });
  }
}

async function runToTheEnd({ clock, replicas }: FleetWorld, lastMs: number, isDone: () => boolean): Promise<number> {
  const fleets = replicas.map(({ fleet }) => fleet);
  await quiesce();
  let events = await runUntil(clock, lastMs, () => fleets);
  while (!isDone() && clock.nowMs() < lastMs + PATIENCE_MS) events += await runUntil(clock, clock.nowMs() + STEP_MS, () => fleets);
  for (const replica of replicas) replica.kill();
  return events;
}

function toResult({ arrival, client, outcome, attempt }: Followed): SimulatedRequest {
  const { firstByteMs, endMs } = client.seen;
  const since = (ms: number | undefined) =>
    ms === undefined || outcome?.status !== 'completed' ? undefined : ms - START_MS - arrival.atMs;
  return {
    arrival,
    outcome,
    ttftMs: since(firstByteMs),
    totalMs: since(endMs),
    predictedMs: attempt?.predicted?.first_byte_ms,
    assignedToFirstMs: attempt?.first_byte_ms,
  };
}
