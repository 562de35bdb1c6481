import type { Attempt, Clock, Explanation, Logger, Random, RunnerSignature } from '@ollama-coordinator/common';
import {
  type AgentId,
  expectAttempt,
  type FleetChange,
  type ModelName,
  type NeededFact,
  type RequestFacts,
} from '@ollama-coordinator/common/balancing';
import type { FleetView } from '../registry/fleet-snapshot.js';
import { type ActiveProfile, createActiveProfile } from './active-profile.js';
import { createAgentViews } from './agent-views.js';
import { type Assignment, createAssign } from './assign.js';
import { type BalancerFaults, createBalancerFaults, type FaultCount } from './balancer-faults.js';
import { type Chosen, createChooseAgent, type Wait } from './choose-agent.js';
import type { WeightedBalancer } from './decide.js';
import type { Ejections, Verdict } from './ejection/ejections.js';
import { createExplain, type ExplainRules } from './explain/explain-placement.js';
import type { CandidateRules } from './find-candidates.js';
import { findRivals } from './find-rivals.js';
import { createFleetIndex } from './fleet-index.js';
import { createInFlight, type InFlight } from './in-flight.js';
import { createIntern } from './intern.js';
import type { Expectations } from './learned/expectations.js';
import { PRIOR_EXPECTATIONS } from './learned/prior-expectations.js';
import type { Rejection } from './reject-placement.js';
import { createRunningAttempts } from './running-attempts.js';
import { describeReload, type Reload } from './steer.js';
import { createWarmPrefixes } from './warm-prefixes.js';

export type { Assignment, AttemptResult, Began } from './assign.js';
export type { Wait } from './choose-agent.js';

export type Placement = Assignment | Wait | Rejection;

export interface Balancing {
  /**
   * Chooses an agent for one attempt. Choice, `assigned` and counting are one synchronous step, so that two requests never
   * take the same slot of this replica's view. Never throws for what a balancer does.
   */
  place(request: RequestFacts, rules: CandidateRules): Placement;
  /** Where a request would go at this moment, and why; changes nothing. */
  explain(request: RequestFacts, rules: ExplainRules): Explanation;
  /** Whether `place` would give it a slot at once. Changes nothing. */
  wouldStart(request: RequestFacts, rules: CandidateRules): boolean;
  /** What this replica has in flight. */
  readonly inFlight: Pick<InFlight, 'ofAgent' | 'bySignature' | 'total'>;
  /** What an attempt said of its agent; who fails is left out of the choice for a while. */
  judge(agent: AgentId, signature: RunnerSignature, verdict: Verdict): void;
  /** The names of the balancers that decide, in the order of the profile. */
  profile(): readonly string[];
  /** Has these decide from here on. The former ones hear what becomes of what they decided, and are closed then. */
  setProfile(profile: readonly WeightedBalancer[]): void;
  /** Whether a balancer of the profile needs the fact. */
  needs(fact: NeededFact): boolean;
  /** Something was learned of these agents; undefined: of all. Their views say so from here on. */
  learned(agents: ReadonlySet<AgentId> | undefined): void;
  /** Another replica made this attempt. */
  seen(attempt: Attempt): void;
  /** What balancers did wrong since the start. */
  faults(): readonly FaultCount[];
  /** Closes the balancers. Idempotent. */
  close(): Promise<void>;
}

export interface BalancingDeps {
  /** The last with a `choose` chooses, else the least weighted sum of costs. */
  readonly profile: readonly WeightedBalancer[];
  readonly fleet: FleetView;
  readonly replicaId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Without them nobody is left out. */
  readonly ejections?: Ejections;
  /** Where what balancers do wrong is counted. Default: its own. */
  readonly faults?: BalancerFaults;
  /** What to expect of agents, models and callers; by default what may be guessed beforehand. */
  readonly expectations?: Expectations;
  /** Told each time that a request was kept from having a model loaded again with other options. */
  readonly onReloadAvoided?: (model: ModelName, reload: Reload) => void;
}

export function createBalancing(deps: BalancingDeps): Balancing {
  const { fleet, replicaId, clock, log, ejections, expectations = PRIOR_EXPECTATIONS } = deps;
  const { faults = createBalancerFaults({ clock, log }) } = deps;
  const inFlight = createInFlight();
  const running = createRunningAttempts();
  const intern = createIntern();
  const warm = createWarmPrefixes();
  const views = createAgentViews({ inFlight, running, expectations, warmOn: warm.on, replicaId, clock, intern });
  let active = createActiveProfile(deps.profile, faults);
  const retired = new Set<ActiveProfile>();
  const index = createFleetIndex({
    fleet,
    views,
    onFleetChange: (change: FleetChange) => {
      warm.forget(change.agent, change.type === 'runner-unloaded' ? change.signature : undefined);
      active.tell((balancer) => balancer.fleet?.(change));
    },
  });
  const assign = createAssign({ inFlight, running, warm, views, clock, ejections });
  const choose = createChooseAgent({ ...deps, profile: () => active, faults, views, index, intern });
  const explain = createExplain({ profile: () => active, fleet, index, views, clock, ejections });
  let closing: Promise<void> | undefined;

  return {
    place(facts, rules) {
      const chosen = choose(facts, rules);
      if (chosen.kind !== 'chosen') return chosen;
      const { request, entry, reload } = chosen;
      if (!entry.costed.free) return waitFor(chosen, active.balancers, rules.asked);
      if (reload?.isAvoided) deps.onReloadAvoided?.(request.model, reload);
      const why = `${active.label}: ${chosen.why}`;
      return assign(request, { ...chosen, why: reload ? `${why}; ${describeReload(reload)}` : why });
    },
    wouldStart(facts, rules) {
      const chosen = choose(facts, rules);
      return chosen.kind === 'chosen' && chosen.entry.costed.free;
    },
    explain: (facts, rules) => explain({ ...facts, signature: intern(facts.signature) }, rules),
    inFlight,
    judge: (agent, signature, verdict) => ejections?.judge(agent, signature, verdict),
    profile: () => active.balancers.map(({ name }) => name),
    setProfile(balancers) {
      const former = active;
      active = createActiveProfile(balancers, faults);
      retired.add(former);
      void former.retire().then(() => retired.delete(former));
    },
    learned(agents) {
      if (agents === undefined) views.learned();
      else for (const agent of agents) views.learned(agent);
    },
    needs: (fact) => active.balancers.some(({ needs }) => needs?.includes(fact)),
    seen({ agent_id: agent, signature, body_bytes: bodyBytes, prefix = [] }) {
      if (prefix.length === 0) return;
      warm.sent(agent, { signature: intern(signature), slots: views.get(agent)?.record.slots ?? 1 }, { prefix, bodyBytes });
      views.touch(agent);
    },
    faults: () => faults.counts(),
    close() {
      closing ??= closeAll();
      return closing;
    },
  };

  async function closeAll(): Promise<void> {
    index.close();
    for (const profile of [...retired, active]) await profile.close();
  }
}

/** Whose next slot the request waits for, and whose it would take as well. */
function waitFor(chosen: Chosen, profile: readonly WeightedBalancer[], asked: CandidateRules['asked']): Wait {
  const { request, entry, candidates, why, evict, at } = chosen;
  const { loadS, prefillS, decodeS, overheadS } = expectAttempt(request, entry.costed.agent, at);
  const wait = { kind: 'wait', agent: entry.record, why, evict, workS: loadS + prefillS + decodeS + overheadS } as const;
  if (asked === undefined) return wait;
  const others = findRivals({ profile, request, chosen: entry.costed, candidates, at });
  return { ...wait, isAsked: asked.has(entry.record.id) && entry.slot.free, others };
}
