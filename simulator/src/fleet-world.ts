import { type Attempt, type Random, type Request, seededRandom } from '@ollama-coordinator/common';
import type { Fleet } from './input/fleet.js';
import { buildFleet } from './machine/build-fleet.js';
import { startForeignLoad } from './machine/foreign-load.js';
import type { SimOllama } from './machine/sim-ollama.js';
import type { Truth } from './machine/truth.js';
import { workOfRequests } from './machine/work-of-requests.js';
import type { SimulatedBalancer } from './named-balancer.js';
import { createTrueExpectations, type TrueExpectations } from './reference/true-expectations.js';
import { createEventClock, type EventClock } from './time/event-clock.js';
import { createFace } from './world/coordinator-face.js';
import { createNetwork, type Network } from './world/network.js';
import type { SimAgent } from './world/sim-agent.js';
import { createSimRedis, type SimRedis } from './world/sim-redis.js';
import { createSimReplica, type ReplicaSettings, type SimReplica } from './world/sim-replica.js';

export interface FleetWorldOptions {
  readonly fleet: Fleet;
  readonly truth: Truth;
  readonly seed: number;
  readonly onSettled: (request: Request) => void;
  readonly onAttempt: (attempt: Attempt) => void;
}

/** Machines with agents, Redis, and the replicas that were started, in one simulated time. */
export interface FleetWorld {
  readonly clock: EventClock;
  readonly agents: ReadonlyMap<string, SimAgent<SimOllama>>;
  readonly replicas: readonly SimReplica[];
  /** What an informed balancer is told. */
  readonly known: TrueExpectations;
  startReplica(balancer: SimulatedBalancer): void;
  /** Agents start, and people use their Ollamas until then. */
  startAgents(untilMs: number): void;
}

const AGENT_TTL_MS = 15_000;
const MAX_ATTEMPTS = 3;
/** What lies between the first token and the last is not sent, so that nobody may take that for a stall. */
const NEVER_MS = 3_600_000_000;
const AGENTS_START_MS = 20;

export function createFleetWorld(options: FleetWorldOptions): FleetWorld {
  const { fleet, truth, seed } = options;
  const clock = createEventClock();
  const random = seededRandom(seed ^ 0x5eed);
  const network = createNetwork(clock, random, () => (fleet.network_ms * (1 + random())) / 2);
  const redis = createSimRedis(clock, random);
  const replicas: SimReplica[] = [];
  const known = createTrueExpectations(truth, { monotonic: clock.nowMs });
  const workOf = workOfRequests(truth, fleet, seed);
  const agents = buildFleet({ fleet, truth, clock, network, random, workOf, coordinator: createFace(clock, random, network, replicas) });
  return {
    clock,
    agents,
    replicas,
    known,
    startReplica: (balancer) => {
      const replica = buildReplica(
        { id: `replica-${replicas.length + 1}`, balancer, known, clock, random, network, redis, agents },
        options,
      );
      replicas.push(replica);
      replica.start();
    },
    startAgents: (untilMs) => {
      for (const { id, ollama, start } of agents.values()) {
        clock.at(AGENTS_START_MS, start);
        const machine = truth.machines.get(id)?.machine;
        if (machine) startForeignLoad({ machine, fleet, ollama, clock, seed, untilMs });
      }
    },
  };
}

interface ReplicaParts {
  readonly id: string;
  readonly balancer: SimulatedBalancer;
  readonly known: TrueExpectations;
  readonly clock: EventClock;
  readonly random: Random;
  readonly network: Network;
  readonly redis: SimRedis;
  readonly agents: ReadonlyMap<string, SimAgent>;
}

function buildReplica({ balancer, known, ...parts }: ReplicaParts, { fleet, onSettled, onAttempt }: FleetWorldOptions): SimReplica {
  return createSimReplica({
    ...parts,
    balancer,
    ...(balancer.isInformed ? { expectations: known } : {}),
    settings: settingsOf(fleet),
    wallOffsetMs: 0,
    onSettled,
    onAttempt,
    onSend: () => undefined,
  });
}

function settingsOf({ coordinator }: Fleet): ReplicaSettings {
  return {
    agentTtlMs: AGENT_TTL_MS,
    queueLimit: coordinator.queue_limit,
    queueTimeoutMs: coordinator.queue_timeout_s * 1000,
    firstByteTimeoutMs: coordinator.first_byte_timeout_s * 1000,
    loadTimeoutMs: coordinator.load_timeout_s * 1000,
    stallTimeoutMs: NEVER_MS,
    maxAttempts: MAX_ATTEMPTS,
  };
}
