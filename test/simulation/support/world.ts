import { type Random, type Request, seededRandom, silentLogger } from '@ollama-coordinator/common';
import type { Balancer, BalancerManifest } from '@ollama-coordinator/common/balancing';
import leastConnections from '#balancers/least-connections/dist/index.js';
import loadBased from '#balancers/load-based/dist/index.js';
import roundRobin from '#balancers/round-robin/dist/index.js';
import { createEventClock, type EventClock } from '#simulator/time/event-clock.js';
import type { CoordinatorFace } from '#simulator/world/agent-membership.js';
import { createFace } from '#simulator/world/coordinator-face.js';
import { createNetwork, delayWithSpikes, type Network } from '#simulator/world/network.js';
import type { WantsListener } from '#simulator/world/replica-lines.js';
import type { SendListener } from '#simulator/world/replica-transport.js';
import { sendChat } from '#simulator/world/send-chat.js';
import type { SimAgent } from '#simulator/world/sim-agent.js';
import { createSimAgent } from '#simulator/world/sim-agent.js';
import { createSimClient, type SimClient } from '#simulator/world/sim-client.js';
import { createSimRedis, type SimRedis } from '#simulator/world/sim-redis.js';
import { createSimReplica, type ReplicaSettings, type SimReplica } from '#simulator/world/sim-replica.js';
import { createFakeOllama, type FakeOllama } from './fake-ollama.js';
import type { AgentPlan, Arrival, Schedule } from './schedule.js';

export const SETTINGS: Omit<ReplicaSettings, 'queueLimit' | 'queueTimeoutMs'> = {
  agentTtlMs: 3000,
  firstByteTimeoutMs: 4000,
  loadTimeoutMs: 4000,
  stallTimeoutMs: 2000,
  maxAttempts: 3,
};
const HEARTBEAT_MS = 1000;
const DAY_MS = 86_400_000;

/** What is known of one request. */
export interface Followed {
  readonly arrival: Arrival;
  readonly client: SimClient;
  readonly replica: SimReplica;
  readonly outcomes: Request[];
  /** Times at which an Ollama received it. */
  readonly receivedMs: number[];
  readonly sentTo: string[];
  doneMs: number | undefined;
}

/** Replicas, agents, Redis and clients in one simulated time. */
export interface World {
  readonly schedule: Schedule;
  readonly clock: EventClock;
  readonly network: Network;
  readonly redis: SimRedis;
  readonly agents: ReadonlyMap<string, SimAgent<FakeOllama>>;
  /** By place; a killed one is replaced after a while. */
  readonly replicas: (SimReplica | undefined)[];
  readonly requests: Map<string, Followed>;
  readonly violations: string[];
  /** When each agent was last seen to die. */
  readonly diedMs: Map<string, number>;
  readonly onSend: SendListener[];
  readonly onWants: WantsListener[];
  startReplica(place: number): void;
  arrive(arrival: Arrival): void;
}

export function createWorld(schedule: Schedule): World {
  const random = seededRandom(schedule.seed ^ 0x5eed);
  const clock = createEventClock();
  const network = createNetwork(clock, random, delayWithSpikes(random, schedule.mostDelayMs));
  const redis = createSimRedis(clock, random);
  const violations: string[] = [];
  const requests = new Map<string, Followed>();
  const agents = new Map<string, SimAgent<FakeOllama>>();
  const replicas: (SimReplica | undefined)[] = [];
  const onSend: SendListener[] = [];
  const onWants: WantsListener[] = [];
  let starts = 0;

  const violate = (text: string) => void violations.push(`at ${clock.nowMs().toFixed(1)} ms: ${text}`);
  const onReceived = (id: string) => void requests.get(id)?.receivedMs.push(clock.nowMs());
  const agentDeps = { clock, random, network, coordinator: createFace(clock, random, network, replicas), violate, onReceived };
  schedule.agents.forEach((plan, index) => {
    const agent = buildAgent(plan, index, schedule, agentDeps);
    agents.set(agent.id, agent);
  });

  const world: World = {
    schedule,
    clock,
    network,
    redis,
    agents,
    replicas,
    requests,
    violations,
    diedMs: new Map(),
    onSend,
    onWants,
    startReplica: (place) => {
      starts += 1;
      const replica = createSimReplica({
        id: `replica-${place}.${starts}`,
        clock,
        random,
        network,
        redis,
        agents,
        balancer: { name: schedule.balancer, balancer: createBalancer(schedule.balancer) },
        settings: { ...SETTINGS, queueLimit: schedule.queueLimit, queueTimeoutMs: schedule.queueTimeoutMs },
        wallOffsetMs: place === 1 ? DAY_MS : 0,
        onSettled: (request) => requests.get(request.id)?.outcomes.push(request),
        onSend: (sent) => {
          for (const listener of onSend) listener(sent);
        },
        onWants: (id, wants) => {
          for (const listener of onWants) listener(id, wants);
        },
      });
      replicas[place] = replica;
      replica.start();
    },
    arrive: (arrival) => arrive(world, arrival),
  };
  return world;
}

function createBalancer(name: Schedule['balancer']): Balancer {
  switch (name) {
    case 'round-robin':
      return createFrom(roundRobin);
    case 'load-based':
      return createFrom(loadBased);
    default:
      return createFrom(leastConnections);
  }
}

function createFrom<Options>(manifest: BalancerManifest<Options>): Balancer {
  const parsed = manifest.options.safeParse({});
  if (!parsed.success) throw new Error(`${manifest.name} has no defaults`);
  return manifest.create(parsed.data, { log: silentLogger }) as Balancer;
}

interface AgentDeps {
  readonly clock: EventClock;
  readonly random: Random;
  readonly network: Network;
  readonly coordinator: (agent: string) => CoordinatorFace;
  readonly violate: (text: string) => void;
  readonly onReceived: (id: string) => void;
}

function buildAgent(plan: AgentPlan, index: number, schedule: Schedule, deps: AgentDeps): SimAgent<FakeOllama> {
  const id = `agent-${index}`;
  const { clock, random, network, violate, onReceived } = deps;
  const ollama = createFakeOllama({
    clock,
    random,
    slots: plan.slots,
    maxRunners: plan.maxRunners,
    serviceMs: () => schedule.meanServiceMs * (0.5 + random()),
    errorShare: plan.errorShare,
    violate: (text) => violate(`${id}: ${text}`),
    onReceived,
  });
  return createSimAgent({
    machine: {
      id,
      host: `10.0.0.${index + 1}`,
      slots: plan.slots,
      maxRunners: plan.maxRunners,
      maxRunnerBytes: undefined,
      models: plan.models.map((name) => ({ name, digest: `sha256:${name}`, size_bytes: 1, modified_at: '' })),
      metrics: () => ({ gpus: [] }),
      heartbeatMs: HEARTBEAT_MS,
    },
    clock,
    network,
    ollama,
    wallOffsetMs: index === 1 ? -DAY_MS : 0,
    coordinator: deps.coordinator(id),
  });
}

function arrive({ replicas, clock, requests }: World, arrival: Arrival): void {
  const living = replicas.filter((replica) => replica !== undefined);
  const replica = replicas[arrival.replica] ?? living[0];
  // Nobody takes the connection: no request of ours.
  if (!replica) return;
  const client = createSimClient(clock);
  const followed: Followed = { arrival, client, replica, outcomes: [], receivedMs: [], sentTo: [], doneMs: undefined };
  requests.set(arrival.id, followed);
  if (arrival.priority === 'batch') client.req.headers['x-coordinator-priority'] = 'batch';
  client.res.once('close', () => {
    followed.doneMs = clock.nowMs();
  });
  const options = arrival.numCtx === undefined ? {} : { options: { num_ctx: arrival.numCtx } };
  sendChat(replica, client, {
    id: arrival.id,
    caller: arrival.caller,
    body: { model: arrival.model, messages: [{ role: 'user', content: 'hi' }], ...options },
  });
  const { leavesAtMs } = arrival;
  if (leavesAtMs !== undefined) clock.at(leavesAtMs, () => !replica.clock.isDead() && client.leave());
}
