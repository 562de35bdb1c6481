import { type Clock, type Random, type RunnerSignature, seededRandom } from '@ollama-coordinator/common';
import type { Moment, RequestFacts } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetView } from '../registry/fleet-snapshot.js';
import type { ActiveProfile } from './active-profile.js';
import type { AgentEntry, AgentViews } from './agent-views.js';
import type { Decision } from './assign.js';
import type { BalancerFaults } from './balancer-faults.js';
import { decideOrFallBack } from './decide-or-fall-back.js';
import type { Ejections } from './ejection/ejections.js';
import { type CandidateRules, createFindCandidates } from './find-candidates.js';
import type { Rival } from './find-rivals.js';
import type { FleetIndex } from './fleet-index.js';
import { queueFacts } from './queue-facts.js';
import { type Rejection, rejectPlacement } from './reject-placement.js';
import { someEntries } from './some-entries.js';
import { createSteer, type Reload } from './steer.js';

/** The chosen agent has no slot free: the request waits in its line and asks again when the fleet changes or a slot is freed. */
export interface Wait {
  readonly kind: 'wait';
  readonly agent: AgentRecord;
  readonly why: string;
  /** Runners of that agent that should make room for it, the first one first. */
  readonly evict: readonly RunnerSignature[];
  /** What it is expected to take there, once it begins. Seconds. */
  readonly workS: number;
  /** It seems to have a slot, but was asked for it, so that it is to grant it. */
  readonly isAsked?: boolean;
  /** Other agents that the request would go to rather than wait for this one, if they had a slot now; the cheapest first. */
  readonly others?: readonly Rival[];
}

/** Who the profile would give the request to, with a slot free or not. */
export interface Chosen extends Decision {
  readonly kind: 'chosen';
  readonly request: RequestFacts;
  /** The reload that the choice causes, or the largest one that it avoids. */
  readonly reload: Reload | undefined;
}

export interface ChooseAgentDeps {
  readonly profile: () => ActiveProfile;
  readonly fleet: Pick<FleetView, 'snapshot'>;
  readonly views: AgentViews;
  readonly index: Pick<FleetIndex, 'withModel' | 'withRunner'>;
  readonly intern: (text: string) => string;
  readonly faults: BalancerFaults;
  readonly clock: Clock;
  readonly random: Random;
  readonly ejections?: Ejections;
}

const SEEDS = 2 ** 32;

/** Candidates by the hard rules, then the profile's choice among them. Changes nothing. */
export function createChooseAgent({ profile, fleet, views, index, intern, faults, clock, random, ejections }: ChooseAgentDeps) {
  const findCandidates = createFindCandidates(views, ejections);
  const steer = createSteer(views.hasOtherOptions);

  /** No candidate with a free slot though one was required is a reason to wait; no candidate at all is a reason to refuse. */
  function nobody(request: RequestFacts, rules: CandidateRules): Rejection | Wait {
    const [full] = rules.requireFree ? findCandidates(request, index.withModel(request.model), { ...rules, requireFree: false }) : [];
    const agent = full && views.get(full.agent.id)?.record;
    if (agent) return { kind: 'wait', agent, why: 'every slot is taken', evict: [], workS: 0 };
    return rejectPlacement(request.model, fleet.snapshot(), rules, clock.now());
  }

  /** Of a large fleet as many as the profile is content with. */
  function someOf(all: readonly AgentEntry[], { signature }: RequestFacts, rules: CandidateRules, most: number): readonly AgentEntry[] {
    if (all.length <= most || rules.pin !== undefined || rules.grantedBy !== undefined) return all;
    return someEntries({ all, holding: index.withRunner(signature), signature, most }, random);
  }

  return (facts: RequestFacts, rules: CandidateRules): Chosen | Rejection | Wait => {
    const plain = { ...facts, signature: intern(facts.signature) };
    const active = profile();
    const all = index.withModel(plain.model);
    let entries = someOf(all, plain, rules, active.mostCandidates);
    const steering = steer(plain, active);
    const find = () => {
      const found = findCandidates(plain, entries, rules);
      steering?.narrow(found, clock.monotonic(), rules.line?.ahead);
      return found;
    };
    let candidates = find();
    if (entries !== all && !candidates.some(({ free }) => free)) {
      entries = all;
      candidates = find();
    }
    if (candidates.length === 0) return nobody(plain, rules);
    const request = rules.line ? { ...plain, queue: queueFacts(plain, candidates, rules.line) } : plain;
    const at: Moment = { nowMs: clock.now(), monotonicMs: clock.monotonic(), random: seededRandom(random() * SEEDS) };
    const choice = decideOrFallBack(active.balancers, request, candidates, at, { faults, again: find });
    if ('reject' in choice) return { kind: 'reject', code: 'NO_CANDIDATE', details: { reason: choice.why } };
    const entry = views.get(choice.agent);
    if (!entry) throw new Error(`agent "${choice.agent}" was a candidate, but has no entry`);
    const reload = steering?.outcome(entry.costed.agent, candidates);
    return { kind: 'chosen', request, entry, candidates, why: choice.why, evict: choice.evict ?? [], reload, at, profile: active };
  };
}
