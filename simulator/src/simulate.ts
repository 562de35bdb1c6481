import { type Attempt, type Request, seededRandom } from '@ollama-coordinator/common';
import type { Balancer } from '@ollama-coordinator/common/balancing';
import { type Arrival, assignModels } from './input/assign-models.js';
import type { Fleet } from './input/fleet.js';
import type { Trace } from './input/trace.js';
import { buildFleet } from './machine/build-fleet.js';
import { createChatBodies } from './machine/chat-bodies.js';
import { startForeignLoad } from './machine/foreign-load.js';
import { promptMarks } from './machine/prompt-marks.js';
import { gaussian, seededBy } from './machine/seeded-by.js';
import type { SimOllama, Work } from './machine/sim-ollama.js';
import { createTruth, type Truth } from './machine/truth.js';
import { createTrueExpectations } from './reference/true-expectations.js';
import { createEventClock } from './time/event-clock.js';
import { quiesce } from './time/quiesce.js';
import { runUntil } from './time/run-until.js';
import { createFace } from './world/coordinator-face.js';
import { createNetwork } from './world/network.js';
import { sendChat } from './world/send-chat.js';
import type { SimAgent } from './world/sim-agent.js';
import { createSimClient, type SimClient } from './world/sim-client.js';
import { createSimRedis } from './world/sim-redis.js';
import { createSimReplica, type SimReplica } from './world/sim-replica.js';

export interface SimulationOptions {
  readonly trace: Trace;
  readonly fleet: Fleet;
  readonly seed: number;
  readonly replicas: number;
  /** Called once per replica. Only a reference may look at the truth. */
  readonly createBalancer: (truth: Truth) => Promise<SimulatedBalancer>;
}

export interface SimulatedBalancer {
  readonly name: string;
  readonly balancer: Balancer;
  /** It is told the true speeds and lengths instead of what the replicas learn. */
  readonly isInformed?: boolean;
}

/** One request and what became of it. Milliseconds. */
export interface SimulatedRequest {
  readonly arrival: Arrival;
  /** What the coordinator recorded; undefined: it was lost, which must never be. */
  readonly outcome: Request | undefined;
  /** From the client's request to its first token, and to the end. */
  readonly ttftMs: number | undefined;
  readonly totalMs: number | undefined;
  /** From the last assignment to the first token: what the coordinator expected, and what it took. */
  readonly predictedMs: number | undefined;
  readonly assignedToFirstMs: number | undefined;
}

export interface SimulatedMachine {
  readonly name: string;
  readonly loads: number;
  /** Models that had to leave for another one, for other options, or because the agent made room. */
  readonly evictions: number;
}

export interface SimulationResult {
  readonly requests: readonly SimulatedRequest[];
  readonly machines: readonly SimulatedMachine[];
  /** What balancers did wrong. */
  readonly faults: number;
  /** From the first arrival to the last end. */
  readonly simulatedMs: number;
  readonly events: number;
}

/** The fleet comes together before anybody asks it. */
const START_MS = 5000;
/** A trace is given up so long after its last arrival. */
const PATIENCE_MS = 24 * 3_600_000;
const STEP_MS = 5000;
const AGENT_TTL_MS = 15_000;
/** What lies between the first token and the last is not sent, so that nobody may take that for a stall. */
const NEVER_MS = 3_600_000_000;
const MAX_ATTEMPTS = 3;

interface Followed {
  readonly arrival: Arrival;
  readonly client: SimClient;
  attempt: Attempt | undefined;
  outcome: Request | undefined;
}

/** Lets a trace happen on a fleet: the coordinator's and the agent's own code, in simulated time. The same options give the same result. */
export async function simulate({ trace, fleet, seed, replicas: count, createBalancer }: SimulationOptions): Promise<SimulationResult> {
  const arrivals = assignModels(trace, fleet, seededBy(seed, 'models'));
  const truth = createTruth(fleet, arrivals, seed);
  const clock = createEventClock();
  const random = seededRandom(seed ^ 0x5eed);
  const network = createNetwork(clock, random, () => (fleet.network_ms * (1 + random())) / 2);
  const redis = createSimRedis(clock, random);
  const followed = new Map<string, Followed>();
  const replicas: SimReplica[] = [];
  const known = createTrueExpectations(truth, { monotonic: clock.nowMs });
  const workOf = createWorkOf(truth, fleet, seed);
  const agents = buildFleet({ fleet, truth, clock, network, random, workOf, coordinator: createFace(clock, random, network, replicas) });

  for (let place = 0; place < count; place += 1) {
    const { name, balancer, isInformed } = await createBalancer(truth);
    const { coordinator } = fleet;
    const replica = createSimReplica({
      id: `replica-${place + 1}`,
      clock,
      random,
      network,
      redis,
      agents,
      balancer: { name, balancer },
      ...(isInformed ? { expectations: known } : {}),
      settings: {
        agentTtlMs: AGENT_TTL_MS,
        queueLimit: coordinator.queue_limit,
        queueTimeoutMs: coordinator.queue_timeout_s * 1000,
        firstByteTimeoutMs: coordinator.first_byte_timeout_s * 1000,
        loadTimeoutMs: coordinator.load_timeout_s * 1000,
        stallTimeoutMs: NEVER_MS,
        maxAttempts: MAX_ATTEMPTS,
      },
      wallOffsetMs: 0,
      onSettled: (request) => {
        const one = followed.get(request.id);
        if (one) one.outcome = request;
      },
      onAttempt: (attempt) => {
        const one = followed.get(attempt.request_id);
        if (one) one.attempt = attempt;
      },
      onSend: () => undefined,
    });
    replicas.push(replica);
    replica.start();
  }
  for (const agent of agents.values()) clock.at(20, agent.start);
  const lastMs = START_MS + (arrivals.at(-1)?.atMs ?? 0);
  for (const [index, machine] of [...truth.machines.values()].entries()) {
    const ollama = [...agents.values()][index]?.ollama;
    if (ollama) startForeignLoad({ machine: machine.machine, fleet, ollama, clock, seed, untilMs: lastMs });
  }

  const bodyOf = createChatBodies(seed);
  const spread = seededBy(seed, 'replicas');
  for (const arrival of arrivals) {
    clock.at(START_MS + arrival.atMs, () => {
      const place = Math.floor(spread() * count);
      const replica = replicas[place];
      if (!replica) return;
      const client = createSimClient(clock);
      followed.set(arrival.id, { arrival, client, attempt: undefined, outcome: undefined });
      known.arrives(arrival);
      sendChat(replica, client, { id: arrival.id, caller: arrival.caller, body: bodyOf(arrival) });
    });
  }

  await quiesce();
  const fleets = replicas.map((replica) => replica.fleet);
  let events = await runUntil(clock, lastMs, () => fleets);
  const isDone = () => [...followed.values()].every(({ client }) => client.seen.endMs !== undefined);
  while (!isDone() && clock.nowMs() < lastMs + PATIENCE_MS) events += await runUntil(clock, clock.nowMs() + STEP_MS, () => fleets);
  const faults = replicas.reduce((sum, { balancing }) => sum + balancing.faults().reduce((all, { count: times }) => all + times, 0), 0);
  for (const replica of replicas) replica.kill();
  const requests = [...followed.values()].map(toResult);
  const ends = [...followed.values()].map(({ client }) => client.seen.endMs ?? 0);
  return { requests, machines: [...agents.values()].map(describe), faults, simulatedMs: Math.max(...ends) - START_MS, events };
}

/** Each request's own factor belongs to the request, so that it is the same wherever it goes. */
function createWorkOf({ arrivals }: Truth, { noise }: Fleet, seed: number): (requestId: string) => Work {
  const works = new Map(
    [...arrivals.values()].map((arrival, index) => {
      const { inputTokens, outputTokens } = arrival;
      const factor = Math.exp(noise.request * gaussian(seededBy(seed, 'request', arrival.id)));
      return [arrival.id, { inputTokens, outputTokens, factor, prompt: promptMarks(arrival, index) }];
    }),
  );
  return (id) => works.get(id) ?? { inputTokens: 1, outputTokens: 1, factor: 1, prompt: '' };
}

function toResult({ arrival, client, outcome, attempt }: Followed): SimulatedRequest {
  const { firstByteMs, endMs } = client.seen;
  const isAnswered = outcome?.status === 'completed';
  const since = (ms: number | undefined) => (ms === undefined || !isAnswered ? undefined : ms - START_MS - arrival.atMs);
  return {
    arrival,
    outcome,
    ttftMs: since(firstByteMs),
    totalMs: since(endMs),
    predictedMs: attempt?.predicted?.first_byte_ms,
    assignedToFirstMs: attempt?.first_byte_ms,
  };
}

function describe({ ollama, id }: SimAgent<SimOllama>): SimulatedMachine {
  return { name: id, loads: ollama.stats.loads, evictions: ollama.evictions() };
}
