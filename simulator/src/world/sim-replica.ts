import {
  type Attempt,
  type HealthCheckRequest,
  type Random,
  type RegisterRequest,
  type Request,
  silentLogger,
  type Wants,
} from '@ollama-coordinator/common';
import type { AgentId, Balancer } from '@ollama-coordinator/common/balancing';
import { redisKeys, type StreamTail } from '@ollama-coordinator/common/redis';
import { createAnnounceWants } from '#coordinator/admission/announce-wants.js';
import { createRetryBudget, type RetryBudget } from '#coordinator/admission/retry-budget.js';
import { createWaitingLines, type WaitingLines } from '#coordinator/admission/waiting-lines.js';
import { type Balancing, createBalancing } from '#coordinator/balancing/create-balancing.js';
import { createEjections } from '#coordinator/balancing/ejection/ejections.js';
import { followAgents } from '#coordinator/balancing/ejection/follow-agents.js';
import type { Expectations } from '#coordinator/balancing/learned/expectations.js';
import { createLearnedState } from '#coordinator/balancing/learned/learned-state.js';
import type { Tokens } from '#coordinator/credentials/tokens.js';
import { createForward } from '#coordinator/forwarding/forward-attempt.js';
import { createMetrics } from '#coordinator/metrics/metrics.js';
import { createHandleInference, type HandleInference } from '#coordinator/pipeline/handle-inference.js';
import { createLiveRequests } from '#coordinator/pipeline/live-requests.js';
import { createRecording } from '#coordinator/recording/request-record.js';
import type { AgentEntry } from '#coordinator/registry/agent-entry.js';
import { createFleet, type Fleet } from '#coordinator/registry/create-fleet.js';
import { createEventFeed } from '#coordinator/registry/event-feed.js';
import { FleetRegistry } from '#coordinator/registry/fleet-registry.js';
import { FleetSync } from '#coordinator/registry/fleet-sync.js';
import { isWorkingOn } from '#coordinator/registry/is-working-on.js';
import { OfflineSweep } from '#coordinator/registry/offline-sweep.js';
import { RedisHealth } from '#coordinator/registry/redis-health.js';
import { watchFleet } from '#coordinator/registry/watch-fleet.js';
import type { EventClock, ProcessClock } from '../time/event-clock.js';
import type { Network } from './network.js';
import { createOpenWatch, createSend, type SendListener } from './replica-transport.js';
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
  heartbeat(body: HealthCheckRequest): Promise<'ok' | 'unknown'>;
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
}

const metrics = createMetrics();
const noTail = { seek: () => undefined } as unknown as StreamTail;

export function createSimReplica(deps: SimReplicaDeps): SimReplica {
  const { id, random, network, redis, agents, settings } = deps;
  const clock = deps.clock.forProcess(deps.wallOffsetMs);
  const log = silentLogger;
  const tokens: Tokens = {
    forAgent: (agent, incarnation) => `${id} ${agent} ${incarnation}`,
    issueTo: () => '',
    forCopy: () => '',
    check: () => undefined,
  };
  const registryParts = wireRegistry(deps, clock);
  const { fleet, registry, health, sweep, events, sync } = registryParts;

  const ejectedMs = new Map<AgentId, number>();
  const view = { snapshot: fleet.snapshot, onChange: fleet.onChange, onEvent: events.listen };
  const ejections = createEjections({
    clock,
    log,
    onEjected: (agent) => void ejectedMs.set(agent, clock.monotonic()),
    onReturn: () => lines.capacityChanged(),
  });
  followAgents(view, ejections, clock);
  const learned = createLearnedState({ clock });
  const { expectations = learned } = deps;
  const balancing = createBalancing({
    profile: [{ ...deps.balancer, weight: 1 }],
    fleet: view,
    replicaId: id,
    clock,
    random,
    log,
    ejections,
    expectations,
  });
  learned.onLearned(balancing.learned);
  const sendWants = (agent: AgentId, body: Wants) => {
    const incarnation = fleet.entry(agent)?.incarnation ?? 0;
    const text = JSON.stringify(body);
    deps.clock.at(deps.clock.nowMs() + network.delayMs(), () => {
      if (network.passes(id, agent) && !clock.isDead()) agents.get(agent)?.setWants(id, incarnation, JSON.parse(text) as Wants);
    });
  };
  const wants = createAnnounceWants(clock, sendWants);
  const lines: WaitingLines = createWaitingLines({
    limit: settings.queueLimit,
    timeoutMs: settings.queueTimeoutMs,
    clock,
    onWants: wants.announce,
  });
  fleet.onChange((_snapshot, { changed, removed }) => lines.capacityChanged([...changed.map((agent) => agent.id), ...removed]));
  const learnedMs = followStarts(fleet, clock);
  const watches = watchFleet({
    fleet,
    events,
    agentToken: tokens.forAgent,
    clock,
    random,
    log,
    onGrant: (agent, grant) => {
      wants.granted(agent);
      lines.granted(agent, grant);
    },
    onGone: (agent, incarnation) => void registry.leave(agent, incarnation),
    open: createOpenWatch({ replica: id, clock, network, agents }),
  });
  registryParts.talks = (agent) => watches.talks(agent);
  const retries = createRetryBudget({ clock });
  const forward = createForward({ clock, send: createSend({ replica: id, clock, network, agents, onSend: deps.onSend }) });
  const keep = (request: Request) => {
    deps.onSettled(request);
    if (request.attempts > 0) {
      const { prompt_tokens: prompt, output_tokens: output } = request;
      redis.tellServed(
        id,
        request.model,
        request.caller,
        prompt === undefined && output === undefined ? undefined : (prompt ?? 0) + (output ?? 0),
      );
    }
  };
  const beginRecord = createRecording({ replicaId: id, clock, log, metrics, keep, show: () => undefined });
  const handle = createHandleInference({
    ...settings,
    handOver: 'off',
    bodyLimitBytes: 1_000_000,
    beginRecord,
    expectations,
    onAttempt: (attempt) => {
      learned.attempted(attempt);
      redis.appendAttempt(attempt);
      deps.onAttempt?.(attempt);
    },
    replicaId: id,
    balancing,
    lines,
    retries,
    forward,
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
    register: (request) =>
      registry.register(request).then(
        () => 'ok',
        () => 'refused',
      ),
    heartbeat: (body) =>
      registry.heartbeat(body).then(
        () => 'ok',
        () => 'unknown',
      ),
    start: () => {
      redis.follow({
        replica: id,
        clock,
        heartbeats: (entries) => sync.applyHeartbeats(entries),
        events: (entries) => sync.applyEvents(entries),
        attempts: (entries) => learned.fold(entries),
        served: (model, caller, tokens_) => {
          if (lines.cares(model)) lines.servedElsewhere(model, caller, tokens_);
        },
      });
      watches.start();
      void health.start();
      sweep.start();
    },
    kill: () => {
      clock.kill();
      redis.unfollow(id);
      network.died('client', id);
    },
  };
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

/** As registry-parts does it, without Redis' own streams. */
function wireRegistry({ id, redis, settings }: SimReplicaDeps, clock: ProcessClock) {
  const log = silentLogger;
  const fleet = createFleet(log);
  const events = createEventFeed(log);
  const keys = redisKeys();
  const connection = redis.connection();
  const store = redis.storeFor(id);
  const ttlMs = (entry: Pick<AgentEntry, 'registration'>) => Math.max(settings.agentTtlMs, 3 * entry.registration.heartbeatMs);
  const probe = () => health.probeAfresh();
  const sync: FleetSync = new FleetSync({ redis: connection, keys, store, fleet, events, replicaId: id, clock, log, ttlMs, probe });
  const health: RedisHealth = new RedisHealth({
    redis: connection,
    keys,
    clock,
    log,
    reconcile: async (isLost) => {
      await sync.reconcile(isLost, noTail);
      sweep.restartListening();
    },
    hasUnsaved: () => [...fleet.entries()].some(({ unsaved }) => unsaved),
    onState: () => undefined,
  });
  const registry = new FleetRegistry({ store, fleet, sync, health, clock, log, ttlMs });
  const parts = { fleet, events, sync, health, registry, talks: (_agent: AgentId): boolean => false };
  const sweep: OfflineSweep = new OfflineSweep(
    {
      fleet,
      store,
      clock,
      log,
      ttlMs,
      redisState: () => health.state,
      talks: (agent) => parts.talks(agent),
      refresh: (agent) => sync.refresh(agent),
    },
    settings.agentTtlMs,
  );
  return Object.assign(parts, { sweep });
}
