import { type Random, silentLogger } from '@ollama-coordinator/common';
import type { AgentId, Balancer, NeededFact } from '@ollama-coordinator/common/balancing';
import { createBalancing } from '#coordinator/balancing/create-balancing.js';
import { createEjections } from '#coordinator/balancing/ejection/ejections.js';
import { followAgents } from '#coordinator/balancing/ejection/follow-agents.js';
import type { Expectations } from '#coordinator/balancing/learned/expectations.js';
import { createLearnedState } from '#coordinator/balancing/learned/learned-state.js';
import type { ProcessClock } from '../time/event-clock.js';
import type { ReplicaRegistry } from './replica-registry.js';

export interface ReplicaBalancingDeps {
  readonly id: string;
  readonly clock: ProcessClock;
  readonly random: Random;
  readonly balancer: { readonly name: string; readonly balancer: Balancer; readonly needs?: readonly NeededFact[] };
  readonly registry: ReplicaRegistry;
  /** Told to the balancer instead of what the replicas learn. */
  readonly expectations: Expectations | undefined;
  /** An agent that was left out may be chosen again. */
  readonly onReturn: () => void;
}

/** Balancing, ejections and what is learned, joined as start-fleet-parts does it. */
export function wireBalancing({ id, clock, random, balancer, registry, expectations, onReturn }: ReplicaBalancingDeps) {
  const log = silentLogger;
  const { fleet, events } = registry;
  const view = { snapshot: fleet.snapshot, onChange: fleet.onChange, onEvent: events.listen };
  const ejectedMs = new Map<AgentId, number>();
  const ejections = createEjections({ clock, log, onEjected: (agent) => void ejectedMs.set(agent, clock.monotonic()), onReturn });
  followAgents(view, ejections, clock);
  const learned = createLearnedState({ clock });
  const balancing = createBalancing({
    profile: [{ ...balancer, weight: 1 }],
    fleet: view,
    replicaId: id,
    clock,
    random,
    log,
    ejections,
    expectations: expectations ?? learned,
  });
  learned.onLearned(balancing);
  fleet.onChange((_snapshot, { removed }) => removed.forEach(learned.forget));
  return { balancing, learned, ejectedMs };
}
