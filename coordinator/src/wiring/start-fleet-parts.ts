import { createAnnounceWants } from '../admission/announce-wants.js';
import { followServed } from '../admission/follow-served.js';
import { createWaitingLines } from '../admission/waiting-lines.js';
import { createBalancerFaults } from '../balancing/balancer-faults.js';
import { createBalancing } from '../balancing/create-balancing.js';
import { createEjections } from '../balancing/ejection/ejections.js';
import { followAgents } from '../balancing/ejection/follow-agents.js';
import { AttemptsFollower } from '../balancing/learned/follow-attempts.js';
import { createLearnedState } from '../balancing/learned/learned-state.js';
import { loadProfile, profileOf } from '../balancing/load-profile.js';
import type { Credentials } from '../credentials/open-credentials.js';
import { createDashboard } from '../dashboard/create-dashboard.js';
import { createHistory } from '../history/create-history.js';
import { createMetrics } from '../metrics/metrics.js';
import { createRegistry } from '../registry/create-registry.js';
import type { Store } from '../store/open-store.js';
import type { ReplicaPresence } from '../store/replica-presence.js';
import { coordinatorVersion } from '../version.js';
import type { PartContext } from './part-context.js';

export type FleetParts = Awaited<ReturnType<typeof startFleetParts>>;

/** Registry, balancing, lines, history and dashboard: everything behind the HTTP server. */
export async function startFleetParts(
  { config, origins, log, clock, random, replicaId, stops }: PartContext,
  { url: redisUrl, redis, keys }: Store,
  { tokens }: Credentials,
  presence: ReplicaPresence,
) {
  const { redisPrefix, agentTtlMs, historyDays } = config;
  const partLog = (part: string) => log.child({ part });
  const agentToken = tokens.forAgent;
  const metrics = createMetrics();
  const registry = createRegistry({
    redisUrl,
    redisPrefix,
    replicaId,
    agentTtlMs,
    historyDays,
    agentToken,
    livingReplicas: presence.living,
    onDroppedHeartbeats: (reason, count) => metrics.droppedHeartbeats.inc({ reason }, count),
    log: partLog('registry'),
    clock,
  });
  await registry.start();
  stops.push(() => registry.stop());

  const history = createHistory({ redis, keys, clock, log: partLog('history') });
  stops.push(() => history.close());

  const learned = createLearnedState({ clock });
  const attempts = new AttemptsFollower({ redisUrl, redis, keys, learned, clock, random, log: partLog('learned') });
  await attempts.start();
  stops.push(() => attempts.stop());

  const from = [process.cwd(), config.dataDir];
  const balancerLog = partLog('balancer');
  const faults = createBalancerFaults({ clock, log: balancerLog });
  const profile = await loadProfile(profileOf(config, origins), { log: balancerLog, from, clock, faults });
  const ejections = createEjections({
    clock,
    log: partLog('ejection'),
    onEjected: (id, scope) => metrics.ejections.inc({ agent: registry.snapshot().agents.get(id)?.name ?? id, scope }),
    onReturn: () => lines.capacityChanged(),
  });
  stops.push(followAgents(registry, ejections, clock));
  const balancing = createBalancing({
    profile: profile.balancers,
    fleet: registry,
    replicaId,
    clock,
    random,
    log,
    ejections,
    expectations: learned,
    faults,
  });
  learned.onLearned(balancing.learned);
  stops.push(registry.onChange((_snapshot, { removed }) => removed.forEach(learned.forget)));
  stops.push(() => balancing.close());

  const wants = createAnnounceWants(clock, (agentId, body) => registry.sendWants(agentId, body));
  const lines = createWaitingLines({ limit: config.queueLimit, timeoutMs: config.queueTimeoutMs, clock, onWants: wants.announce });
  stops.push(() => lines.close());
  stops.push(followServed({ redis, keys, replicaId, clock, lines }));
  stops.push(registry.onChange((_snapshot, { changed, removed }) => lines.capacityChanged([...changed.map(({ id }) => id), ...removed])));
  stops.push(
    registry.onGrant((agentId, grant) => {
      wants.granted(agentId);
      lines.granted(agentId, grant);
    }),
  );

  const redisState = () => registry.redisState();
  const dashboard = createDashboard({ fleet: registry, redisState, replicaId, coordinatorVersion: coordinatorVersion(), clock, log });
  return { metrics, registry, history, learned, balancing, lines, dashboard };
}
