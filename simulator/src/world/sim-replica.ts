import type { Attempt, HealthCheckRequest, Random, RegisterRequest, Request } from '@ollama-coordinator/common';
import { silentLogger } from '@ollama-coordinator/common';
import type { AgentId, Balancer } from '@ollama-coordinator/common/balancing';
import { createRetryBudget, type RetryBudget } from '#coordinator/admission/retry-budget.js';
import type { WaitingLines } from '#coordinator/admission/waiting-lines.js';
import type { Balancing } from '#coordinator/balancing/create-balancing.js';
import type { Expectations } from '#coordinator/balancing/learned/expectations.js';
import type { Tokens } from '#coordinator/credentials/tokens.js';
import { createForward } from '#coordinator/forwarding/forward-attempt.js';
import { createHeldBodies } from '#coordinator/http/held-bodies.js';
import { createMetrics } from '#coordinator/metrics/metrics.js';
import { createHandleInference, type HandleInference } from '#coordinator/pipeline/handle-inference.js';
import { createLiveRequests } from '#coordinator/pipeline/live-requests.js';
import { createRecording } from '#coordinator/recording/request-record.js';
import type { Fleet } from '#coordinator/registry/create-fleet.js';
import { isWorkingOn } from '#coordinator/registry/is-working-on.js';
import { createRouting } from '#coordinator/routing/create-routing.js';
import type { Asked } from '#coordinator/routing/read-asked.js';
import type { EventClock, ProcessClock } from '../time/event-clock.js';
import type { Network } from './network.js';
import { wireBalancing } from './replica-balancing.js';
import { type WantsListener, wireLines } from './replica-lines.js';
import { type ReplicaRegistry, wireRegistry } from './replica-registry.js';
import { createSend, type SendListener } from './replica-transport.js';
import type { SimAgent } from './sim-agent.js';
import type { SimRedis } from './sim-redis.js';

export interface ReplicaSettings {
  readonly agentTtlMs: number;
  readonly queueLimit: number;
  readonly queueTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly loadTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly maxAttempts: number;
}

/** A coordinator replica: all of it but HTTP and Redis themselves. */
export interface SimReplica {
  readonly id: string;
  readonly clock: ProcessClock;
  readonly fleet: Fleet;
  readonly lines: WaitingLines;
  readonly balancing: Balancing;
  readonly retries: RetryBudget;
  readonly handle: HandleInference;
  /** Monotonic time of the last ejection of each agent. */
  readonly ejectedMs: ReadonlyMap<AgentId, number>;
  /** When this replica learned of each agent's start, or of its return: from then on it tries to watch it. */
  readonly learnedMs: ReadonlyMap<AgentId, number>;
  register(request: RegisterRequest): Promise<'ok' | 'refused'>;
  heartbeat(body: HealthCheckRequest): Promise<'ok' | 'send models' | 'unknown'>;
  start(): void;
  kill(): void;
}

export interface SimReplicaDeps {
  readonly id: string;
  readonly clock: EventClock;
  readonly random: Random;
  readonly network: Network;
  readonly redis: SimRedis;
  readonly agents: ReadonlyMap<string, SimAgent>;
  readonly balancer: { readonly name: string; readonly balancer: Balancer };
  readonly settings: ReplicaSettings;
  readonly wallOffsetMs: number;
  readonly onSettled: (request: Request) => void;
  readonly onAttempt?: (attempt: Attempt) => void;
  /** Told to the balancer instead of what the replicas learn. */
  readonly expectations?: Expectations;
  readonly onSend: SendListener;
  readonly onWants?: WantsListener;
}

const metrics = createMetrics();

const UNSEEN = { log: silentLogger, countUsage: () => undefined, show: () => undefined };
const UNLIMITED = {
  limits: { admit: () => undefined },
  limitOptions: (asked: Asked) => asked,
  bodies: createHeldBodies({ limitBytes: 2 ** 30, memoryBytes: Number.POSITIVE_INFINITY }),
};

/** Put together as app.ts does it. */
export function createSimReplica(deps: SimReplicaDeps): SimReplica {
  const { id, network, redis, agents, settings } = deps;
  const clock = deps.clock.forProcess(deps.wallOffsetMs);
  const tokens = agentTokens(id);
  const registry = wireRegistry({ id, redis, agentTtlMs: settings.agentTtlMs, clock, talks: (agent) => watches.talks(agent) });
  const { fleet } = registry;
  const { balancing, learned, ejectedMs } = wireBalancing({
    ...deps,
    clock,
    registry,
    expectations: deps.expectations,
    onReturn: () => lines.capacityChanged(),
  });
  const { lines, watches } = wireLines({
    ...deps,
    clock,
    tokens,
    registry,
    limit: settings.queueLimit,
    timeoutMs: settings.queueTimeoutMs,
  });
  const learnedMs = followStarts(fleet, clock);
  const retries = createRetryBudget({ clock });
  const keep = (request: Request) => {
    deps.onSettled(request);
    if (request.attempts > 0) redis.tellServed(id, request.model, request.caller, tokensOf(request));
  };
  const handle = createHandleInference({
    settings: { ...settings, handOver: 'off' },
    ...UNLIMITED,
    ...routingOf(fleet),
    beginRecord: createRecording({ ...UNSEEN, replicaId: id, clock, metrics, keep }).begin,
    expectations: deps.expectations ?? learned,
    onAttempt: (attempt) => {
      learned.attempted(attempt);
      redis.appendAttempt(attempt);
      deps.onAttempt?.(attempt);
    },
    replicaId: id,
    balancing,
    lines,
    retries,
    forward: createForward({ clock, send: createSend({ replica: id, clock, network, agents, onSend: deps.onSend }) }),
    tokens,
    live: createLiveRequests(),
    isWorking: (agent, signature) => isWorkingOn(fleet.snapshot().agents.get(agent), id, signature),
    clock,
  });

  return {
    id,
    clock,
    fleet,
    lines,
    balancing,
    retries,
    handle,
    ejectedMs,
    learnedMs,
    ...agentCalls(registry),
    start: () => {
      redis.follow({
        replica: id,
        clock,
        heartbeats: (entries) => registry.sync.applyHeartbeats(entries),
        events: (entries) => registry.sync.applyEvents(entries),
        attempts: (entries) => learned.fold(entries),
        served: (model, caller, count) => lines.cares(model) && lines.servedElsewhere(model, caller, count),
      });
      watches.start();
      void registry.health.start();
      registry.sweep.start();
    },
    kill: () => {
      clock.kill();
      redis.unfollow(id);
      network.died('client', id);
    },
  };
}

/** What agents ask of it. */
function agentCalls({ registry }: ReplicaRegistry): Pick<SimReplica, 'register' | 'heartbeat'> {
  return {
    register: (request) =>
      registry.register(request).then(
        () => 'ok',
        () => 'refused',
      ),
    heartbeat: (body) =>
      registry.heartbeat(body).then(
        ({ sendModels }) => (sendModels ? 'send models' : 'ok'),
        () => 'unknown',
      ),
  };
}

/** Whom a token is for can be read from it. */
function agentTokens(replica: string): Tokens {
  return {
    forAgent: (agent, incarnation) => `${replica} ${agent} ${incarnation}`,
    issueTo: () => '',
    readTowards: () => '',
    forCopy: () => '',
    read: () => ({ agentId: '', incarnation: 0, generation: 0 }),
  };
}

function tokensOf({ prompt_tokens: prompt, output_tokens: output }: Request): number | undefined {
  return prompt === undefined && output === undefined ? undefined : (prompt ?? 0) + (output ?? 0);
}

function followStarts(fleet: Fleet, clock: ProcessClock): ReadonlyMap<AgentId, number> {
  const learnedMs = new Map<AgentId, number>();
  const watched = new Map<AgentId, number>();
  fleet.onChange((_snapshot, { changed }) => {
    for (const { id, status, incarnation } of changed) {
      if (status === 'offline') watched.delete(id);
      else if (watched.get(id) !== incarnation) {
        watched.set(id, incarnation);
        learnedMs.set(id, clock.monotonic());
      }
    }
  });
  return learnedMs;
}

/** Where requests may go; what only real clients ask for is refused. */
function routingOf(fleet: Fleet) {
  const unload = () => Promise.reject(new Error('the simulated clients unload nothing'));
  return { routing: createRouting({ fleet }), unload };
}
