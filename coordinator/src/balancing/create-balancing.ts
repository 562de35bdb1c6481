import { type Clock, type Logger, type Random, seededRandom } from '@ollama-coordinator/common';
import type { AgentId, Balancer, Costed, FleetChange, Moment, RequestFacts, Settled } from '@ollama-coordinator/common/balancing';
import type { AgentRecord, FleetView } from '../registry/fleet-snapshot.js';
import { type AgentEntry, type AgentViews, createAgentViews } from './agent-views.js';
import { type BalancerFaults, createBalancerFaults, type FaultCount } from './balancer-faults.js';
import { BalancerFault, decide, settleQuietly, type WeightedBalancer } from './decide.js';
import { type CandidateRules, createFindCandidates } from './find-candidates.js';
import { createFleetIndex } from './fleet-index.js';
import { createInFlight, type InFlight } from './in-flight.js';
import { type Rejection, rejectPlacement } from './reject-placement.js';

/** What became of an attempt; see Settled. */
export type AttemptResult = Omit<Settled, 'request' | 'agent'>;

/** A request given to an agent, and counted there until it is settled. */
export interface Assignment {
  readonly kind: 'assigned';
  readonly agent: AgentRecord;
  readonly why: string;
  /** Milliseconds from the assignment to the first byte of the answer. */
  firstByte(firstByteMs: number): void;
  /** Ends the attempt: frees the slot and tells the balancers. Only the first call counts. */
  settle(result: AttemptResult): void;
}

/** The chosen agent has no slot free: the request waits in its line and asks again when the fleet changes or a slot is freed. */
export interface Wait {
  readonly kind: 'wait';
  readonly agent: AgentRecord;
  readonly why: string;
}

export type Placement = Assignment | Wait | Rejection;

export interface Balancing {
  /**
   * Chooses an agent for one attempt. Choice, `assigned` and counting are one synchronous step, so that two requests never
   * take the same slot of this replica's view. Never throws for what a balancer does.
   */
  place(request: RequestFacts, rules: CandidateRules): Placement;
  /** What this replica has in flight. */
  readonly inFlight: Pick<InFlight, 'ofAgent' | 'bySignature' | 'total'>;
  /** What balancers did wrong since the start. */
  faults(): readonly FaultCount[];
  /** Closes the balancers. Idempotent. */
  close(): Promise<void>;
}

export interface BalancingDeps {
  /** At least one; the last with a `choose` chooses, else the least weighted sum of costs. */
  readonly profile: readonly WeightedBalancer[];
  readonly fleet: FleetView;
  readonly replicaId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

const SEEDS = 2 ** 32;

export function createBalancing({ profile, fleet, replicaId, clock, random, log }: BalancingDeps): Balancing {
  const inFlight = createInFlight();
  const faults = createBalancerFaults({ clock, log });
  const views = createAgentViews({ inFlight, replicaId, clock });
  const findCandidates = createFindCandidates(views);
  const tell = createTell(profile, faults);
  const index = createFleetIndex({ fleet, views, onFleetChange: (change: FleetChange) => tell((balancer) => balancer.fleet?.(change)) });
  const assign = createAssign({ inFlight, views, tell });
  let closing: Promise<void> | undefined;

  return {
    place(request, rules) {
      const candidates = findCandidates(request, index.withModel(request.model), rules);
      if (candidates.length === 0) return placeNowhere(request, rules);
      const at: Moment = { nowMs: clock.now(), monotonicMs: clock.monotonic(), random: seededRandom(random() * SEEDS) };
      const choice = decideOrFallBack(profile, request, candidates, at, faults);
      if ('reject' in choice) return { kind: 'reject', code: 'NO_CANDIDATE', details: { reason: choice.why } };
      const entry = views.get(choice.agent);
      if (!entry) throw new Error(`agent "${choice.agent}" was a candidate, but has no entry`);
      if (!entry.costed.free) return { kind: 'wait', agent: entry.record, why: choice.why };
      return assign(entry, request, choice.why, at);
    },
    inFlight,
    faults: () => faults.counts(),
    close() {
      closing ??= closeAll();
      return closing;
    },
  };

  /** No candidate with a free slot though one was required is a reason to wait; no candidate at all is a reason to refuse. */
  function placeNowhere(request: RequestFacts, rules: CandidateRules): Placement {
    const [full] = rules.requireFree ? findCandidates(request, index.withModel(request.model), { ...rules, requireFree: false }) : [];
    const agent = full && views.get(full.agent.id)?.record;
    if (agent) return { kind: 'wait', agent, why: 'every slot is taken' };
    return rejectPlacement(request.model, fleet.snapshot(), rules);
  }

  async function closeAll(): Promise<void> {
    index.close();
    for (const { name, balancer } of profile) {
      try {
        await balancer.close?.();
      } catch (error) {
        faults.note(name, 'threw', error);
      }
    }
  }
}

function decideOrFallBack(
  profile: readonly WeightedBalancer[],
  request: RequestFacts,
  candidates: Parameters<typeof decide>[2],
  at: Moment,
  faults: BalancerFaults,
): ReturnType<typeof decide> {
  try {
    return decide(profile, request, candidates, at);
  } catch (error) {
    if (!(error instanceof BalancerFault)) throw error;
    faults.note(error.balancer, error.kind, error.cause);
    return { agent: fewestInFlight(candidates, at).agent.id, why: `fewest in flight, since the balancer ${error.balancer} failed` };
  }
}

/** Among the free candidates, or among all where none is free. Ties by chance. */
function fewestInFlight(candidates: readonly Costed[], { random }: Moment): Costed {
  const offset = Math.floor(random() * candidates.length);
  const inTurn = [...candidates.slice(offset), ...candidates.slice(0, offset)];
  return inTurn.reduce((best, next) => {
    if (best.free !== next.free) return next.free ? next : best;
    return next.agent.inFlight < best.agent.inFlight ? next : best;
  });
}

/** Calls a feedback hook of every balancer. What a hook throws is counted and goes no further. */
type Tell = (hook: (balancer: Balancer) => void) => void;

function createTell(profile: readonly WeightedBalancer[], faults: BalancerFaults): Tell {
  return (hook) => {
    for (const { name, balancer } of profile) {
      try {
        settleQuietly(hook(balancer));
      } catch (error) {
        faults.note(name, 'threw', error);
      }
    }
  };
}

interface AssignDeps {
  readonly inFlight: InFlight;
  readonly views: AgentViews;
  readonly tell: Tell;
}

/** Counts the attempt on its agent and hands out the one handle that takes it off again. */
function createAssign({ inFlight, views, tell }: AssignDeps) {
  return (entry: AgentEntry, request: RequestFacts, why: string, at: Moment): Assignment => {
    const agent: AgentId = entry.record.id;
    let settled = false;
    inFlight.add(agent, request.signature);
    views.touch(agent);
    tell((balancer) => balancer.assigned?.({ request, agent, at }));
    return {
      kind: 'assigned',
      agent: entry.record,
      why,
      firstByte(firstByteMs) {
        if (!settled) tell((balancer) => balancer.firstByte?.({ request, agent, firstByteMs }));
      },
      settle(result) {
        if (settled) return;
        settled = true;
        inFlight.remove(agent, request.signature);
        views.touch(agent);
        tell((balancer) => balancer.settled?.({ ...result, request, agent }));
      },
    };
  };
}
