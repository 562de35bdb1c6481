import { AppError, type Clock, describeCause, type Explanation, seededRandom } from '@ollama-coordinator/common';
import { hasFreeSlot, type Moment, matchesTarget, type RequestFacts } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetView } from '../../registry/fleet-snapshot.js';
import type { ActiveProfile } from '../active-profile.js';
import type { AgentEntry, AgentViews, WritableCosted } from '../agent-views.js';
import type { WeightedBalancer } from '../decide.js';
import { decideOrFallBack } from '../decide-or-fall-back.js';
import type { Ejections } from '../ejection/ejections.js';
import type { FleetIndex } from '../fleet-index.js';
import { rejectPlacement } from '../reject-placement.js';
import { dropReloaders, reloadOn } from '../steer.js';
import { describeBalancer, describeCandidate, describeRequest, rejection } from './describe-explanation.js';
import { explainCosts } from './explain-costs.js';
import { sortOut } from './sort-out.js';
import { isRefused, reloads } from './why-not.js';

export interface ExplainDeps {
  readonly profile: () => Pick<ActiveProfile, 'balancers' | 'weighsLoads'>;
  readonly fleet: Pick<FleetView, 'snapshot'>;
  readonly index: Pick<FleetIndex, 'withModel'>;
  readonly views: Pick<AgentViews, 'get' | 'refresh' | 'hasOtherOptions'>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly ejections: Ejections | undefined;
}

export interface ExplainRules {
  /** As `x-coordinator-pin`. */
  readonly pin?: string | undefined;
  /** Those that have the build of the model which requests go to; undefined: all. */
  readonly among?: ((agent: AgentRecord) => boolean) | undefined;
  /** What was decided about the request before. */
  readonly notes?: readonly string[];
}

/** What chance decides is one of the possible decisions, always the same. */
const SEED = 1;

/**
 * Where a request would go at this moment, and why: every agent with its cost or the reason against it. Takes no slot, draws no
 * random number of the coordinator's, and tells no balancer.
 */
export function createExplain({ profile: current, fleet, index, views, clock, ejections }: ExplainDeps) {
  return (request: RequestFacts, { pin, among, notes: decided = [] }: ExplainRules): Explanation => {
    const { balancers: profile, weighsLoads } = current();
    const problems = new Map<WeightedBalancer, string>();
    const note = (weighted: WeightedBalancer, problem: unknown) => void problems.set(weighted, describeCause(problem));
    index.withModel(request.model);
    const snapshot = fleet.snapshot();
    const at: Moment = { nowMs: clock.now(), monotonicMs: clock.monotonic(), random: seededRandom(SEED) };
    const { eligible, rejected, notes } = sortOut([...snapshot.agents.values()], request, { pin, among, ejections });
    const able = eligible.flatMap(({ id }) => fresh(views, views.get(id)) ?? []);
    const steers = !weighsLoads && views.hasOtherOptions(request.model, request.signature);
    const avoided = steers ? dropReloaders(asCandidates(able, request), request, at.monotonicMs) : [];
    const entries = able.filter(({ record }) => !avoided.some(({ id }) => id === record.id));
    const weighed = entries.map((entry) => ({ entry, cost: explainCosts(profile, request, entry.costed.agent, at, note) }));
    const choice = choose(profile, request, entries, at, note, () =>
      rejectPlacement(
        request.model,
        snapshot,
        { exclude: new Set(), ...(pin === undefined ? {} : { pin: (agent) => matchesTarget(agent, pin) }) },
        at.nowMs,
      ),
    );
    const accepted = weighed.filter(({ cost }) => cost.refusedBy.size === 0).sort((one, other) => one.cost.total - other.cost.total);
    const refused = weighed.filter(({ cost }) => cost.refusedBy.size > 0);
    return {
      request: describeRequest(request, pin, decided),
      balancers: profile.map((weighted) => describeBalancer(weighted, problems)),
      choice,
      candidates: accepted.map(({ entry, cost }) => describeCandidate(request, entry, cost, choice, notes)),
      rejected: [
        ...refused.map(({ entry, cost }) =>
          rejection(entry.record, ...[...cost.refusedBy].map(([name, because]) => isRefused(name, because))),
        ),
        ...avoided.flatMap((agent) => {
          const [entry, reload] = [views.get(agent.id), reloadOn(agent, request)];
          return entry && reload ? rejection(entry.record, reloads(reload)) : [];
        }),
        ...rejected.map(({ agent, whyNot }) => rejection(agent, ...whyNot)),
      ],
    };
  };
}

function fresh(views: Pick<AgentViews, 'refresh'>, entry: AgentEntry | undefined): AgentEntry | undefined {
  if (entry?.stale) views.refresh(entry);
  return entry;
}

function choose(
  profile: readonly WeightedBalancer[],
  request: RequestFacts,
  entries: readonly AgentEntry[],
  at: Moment,
  note: (weighted: WeightedBalancer, problem: unknown) => void,
  reject: () => ReturnType<typeof rejectPlacement>,
): Explanation['choice'] {
  if (entries.length === 0) {
    const { code, details } = reject();
    return { waits: false, why: new AppError(code, { details }).message, error_code: code };
  }
  const candidates = () => asCandidates(entries, request);
  const faults = {
    note: (name: string, kind: string, cause: unknown) => {
      const weighted = profile.find((one) => one.name === name);
      if (weighted) note(weighted, cause === undefined ? kind : `${kind}: ${describeCause(cause)}`);
    },
  };
  const choice = decideOrFallBack(profile, request, candidates(), at, { faults, again: candidates });
  if ('reject' in choice) return { waits: false, why: choice.why, error_code: 'NO_CANDIDATE' };
  const chosen = entries.find(({ record }) => record.id === choice.agent);
  if (!chosen) throw new Error(`agent "${choice.agent}" was chosen, but is no candidate`);
  return { agent_id: chosen.record.id, agent_name: chosen.record.name, waits: !isFree(chosen, request), why: choice.why };
}

function asCandidates(entries: readonly AgentEntry[], request: RequestFacts): WritableCosted[] {
  return entries.map((entry) => ({ agent: entry.costed.agent, cost: 0, free: isFree(entry, request) }));
}

function isFree({ costed }: AgentEntry, { model, signature }: RequestFacts): boolean {
  return hasFreeSlot(costed.agent, model, signature);
}
