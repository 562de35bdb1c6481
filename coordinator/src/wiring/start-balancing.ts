import type { BalancerFaults } from '../balancing/balancer-faults.js';
import { type Balancing, type BalancingDeps, createBalancing } from '../balancing/create-balancing.js';
import { createEjections } from '../balancing/ejection/ejections.js';
import { followAgents } from '../balancing/ejection/follow-agents.js';
import type { LearnedState } from '../balancing/learned/learned-state.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Registry } from '../registry/create-registry.js';
import type { Settings } from '../settings/create-settings.js';
import { openProfile } from '../settings/open-profile.js';
import type { PartContext } from './part-context.js';

export interface BalancingParts {
  readonly registry: Registry;
  readonly metrics: Metrics;
  readonly learned: LearnedState;
  readonly settings: Settings;
  readonly faults: BalancerFaults;
  /** Who waits may be placed now. */
  readonly onCapacity: () => void;
  readonly onReloadAvoided: NonNullable<BalancingDeps['onReloadAvoided']>;
}

/** The balancers, loaded, over the fleet. */
export async function startBalancing(
  { config, origins, log, clock, random, replicaId, stops }: PartContext,
  { registry, metrics, learned, settings, faults, onCapacity, onReloadAvoided }: BalancingParts,
): Promise<Balancing> {
  const balancerLog = log.child({ part: 'balancer' });
  const profile = await openProfile({
    config,
    origins,
    settings,
    plugins: { log: balancerLog, from: [process.cwd(), config.dataDir], clock },
    faults,
    log: balancerLog,
    use: ({ balancers }) => {
      balancing.setProfile(balancers);
      onCapacity();
    },
  });
  const ejections = createEjections({
    clock,
    log: log.child({ part: 'ejection' }),
    onEjected: (id, scope) => metrics.ejections.inc({ agent: registry.snapshot().agents.get(id)?.name ?? id, scope }),
    onReturn: onCapacity,
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
    onReloadAvoided,
  });
  learned.onLearned(balancing);
  stops.push(() => balancing.close());
  return balancing;
}
