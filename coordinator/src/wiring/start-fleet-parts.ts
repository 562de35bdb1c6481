import type { FleetEvent } from '@ollama-coordinator/common';
import { createKeyLimits } from '../admission/limits/key-limits.js';
import { createAudit } from '../audit/create-audit.js';
import { createBalancerFaults } from '../balancing/balancer-faults.js';
import { AttemptsFollower } from '../balancing/learned/follow-attempts.js';
import { createLearnedState } from '../balancing/learned/learned-state.js';
import type { Reload } from '../balancing/steer.js';
import type { Credentials } from '../credentials/open-credentials.js';
import { createHistory } from '../history/create-history.js';
import { startRollups } from '../history/rollups/start-rollups.js';
import { createMetrics } from '../metrics/metrics.js';
import { createRegistry } from '../registry/create-registry.js';
import { createTellReloads } from '../registry/tell-reloads.js';
import type { Store } from '../store/open-store.js';
import type { ReplicaPresence } from '../store/replica-presence.js';
import { createUsage } from '../usage/create-usage.js';
import type { PartContext } from './part-context.js';
import { startBalancing } from './start-balancing.js';
import { startDashboard } from './start-dashboard.js';
import { startLines } from './start-lines.js';
import { startSettings } from './start-settings.js';

export type FleetParts = Awaited<ReturnType<typeof startFleetParts>>;

/** Registry, balancing, lines, history and dashboard: everything behind the HTTP server. */
export async function startFleetParts(context: PartContext, store: Store, { tokens }: Credentials, presence: ReplicaPresence) {
  const { config, log, clock, random, replicaId, stops } = context;
  const { url: redisUrl, redis, keys } = store;
  const { redisPrefix, agentTtlMs } = config;
  const metrics = createMetrics();
  const registry = createRegistry({
    addresses: context.addresses,
    redisUrl,
    redisPrefix,
    replicaId,
    agentTtlMs,
    kept: config,
    agentToken: tokens.forAgent,
    livingReplicas: presence.living,
    onDroppedHeartbeats: (reason, count) => metrics.droppedHeartbeats.inc({ reason }, count),
    log: log.child({ part: 'registry' }),
    clock,
  });
  context.addresses.findCertificatesBy(registry.certificateOf);
  await registry.start();
  stops.push(() => registry.stop());

  const countEviction = ({ type, agent_name: agent = '', model = '' }: FleetEvent) => {
    if (type === 'model_evicted') metrics.evictions.inc({ agent, model });
  };
  stops.push(registry.onEvent(countEviction));

  const history = createHistory({ redis, keys, clock, log: log.child({ part: 'history' }) });
  stops.push(() => history.close());

  const { rollUpMs: everyMs } = config;
  const rollups = startRollups({ redisUrl, redis, keys, replicaId, everyMs, clock, log: log.child({ part: 'rollups' }) });
  stops.push(() => rollups.stop());

  const learned = createLearnedState({ clock });
  const attempts = new AttemptsFollower({ redisUrl, redis, keys, learned, clock, random, log: log.child({ part: 'learned' }) });
  await attempts.start();
  stops.push(() => attempts.stop());
  stops.push(registry.onChange((_snapshot, { removed }) => removed.forEach(learned.forget)));

  const settings = await startSettings(context, store, registry);
  const faults = createBalancerFaults({ clock, log: log.child({ part: 'balancer' }) });
  const onCapacity = () => lines.capacityChanged();
  const tellReload = createTellReloads({ clock, tell: registry.tellLocal });
  const onReloadAvoided = (model: string, reload: Reload) => {
    metrics.reloadsAvoided.inc({ model });
    tellReload(model, reload);
  };
  const balancing = await startBalancing(context, { registry, metrics, learned, settings, faults, onCapacity, onReloadAvoided });
  const lines = startLines(context, store, { registry, settings });

  const audit = createAudit({ redis, keys, replicaId, auditDays: config.auditDays, clock, log });
  stops.push(() => audit.close());
  const limits = createKeyLimits({ redis, keys, replicaId, clock, replicas: () => presence.living().length });
  stops.push(() => limits.stop());
  const usage = createUsage({ redis, keys, replicaId, clock, log: log.child({ part: 'usage' }) });
  stops.push(() => usage.close());

  const dashboard = startDashboard(context, store, registry, presence.living);
  return {
    metrics,
    registry,
    history,
    learned,
    settings,
    balancing,
    onReloadAvoided,
    lines,
    limits,
    usage,
    audit,
    dashboard,
    livingReplicas: presence.living,
  };
}
