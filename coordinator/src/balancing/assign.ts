import type { Clock } from '@ollama-coordinator/common';
import type { AgentId, Balancer, Costed, Instant, Moment, RequestFacts, Settled } from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { AgentEntry, AgentViews } from './agent-views.js';
import type { BalancerFaults } from './balancer-faults.js';
import { isPromise, settleQuietly, type WeightedBalancer } from './decide.js';
import type { Ejections } from './ejection/ejections.js';
import type { InFlight } from './in-flight.js';

/** What became of an attempt; see Settled. */
export type AttemptResult = Omit<Settled, 'request' | 'agent' | 'at'>;

/** A request given to an agent, and counted there until it is settled. */
export interface Assignment {
  readonly kind: 'assigned';
  readonly agent: AgentRecord;
  readonly why: string;
  /** Of the slot that the agent keeps for this request. */
  readonly grantId?: string;
  /** Milliseconds from the assignment to the first byte of the answer. */
  firstByte(firstByteMs: number): void;
  /** Ends the attempt: frees the slot and tells the balancers. Only the first call counts. */
  settle(result: AttemptResult): void;
}

/** Calls a feedback hook of every balancer. What a hook throws is counted and goes no further. */
export type Tell = (hook: (balancer: Balancer) => void) => void;

export function createTell(profile: readonly WeightedBalancer[], faults: BalancerFaults): Tell {
  return (hook) => {
    for (const { name, balancer } of profile) {
      try {
        const answer: unknown = hook(balancer);
        if (answer !== undefined && isPromise(answer)) faults.note(name, 'promise', settleQuietly(answer));
      } catch (error) {
        faults.note(name, 'threw', error);
      }
    }
  };
}

export interface AssignDeps {
  readonly inFlight: InFlight;
  readonly views: AgentViews;
  readonly tell: Tell;
  readonly clock: Clock;
  readonly ejections?: Ejections | undefined;
}

/** A decision: who gets the request, and what they were chosen from. */
export interface Decision {
  readonly entry: AgentEntry;
  readonly candidates: readonly Costed[];
  readonly why: string;
  readonly at: Moment;
}

/** Counts the attempt on its agent and hands out the one handle that takes it off again. */
export function createAssign({ inFlight, views, tell, clock, ejections }: AssignDeps) {
  const instant = (): Instant => ({ nowMs: clock.now(), monotonicMs: clock.monotonic() });
  return (request: RequestFacts, { entry, candidates, why, at }: Decision): Assignment => {
    const agent: AgentId = entry.record.id;
    let settled = false;
    inFlight.add(agent, request.signature);
    ejections?.assigned(agent, request.signature);
    views.touch(agent);
    tell((balancer) => balancer.assigned?.({ request, agent, candidates, at }));
    return {
      kind: 'assigned',
      agent: entry.record,
      why,
      firstByte(firstByteMs) {
        if (settled) return;
        const reachedAt = instant();
        tell((balancer) => balancer.firstByte?.({ request, agent, at: reachedAt, firstByteMs }));
      },
      settle(result) {
        if (settled) return;
        settled = true;
        inFlight.remove(agent, request.signature);
        ejections?.released(agent, request.signature);
        views.touch(agent);
        const endedAt = instant();
        tell((balancer) => balancer.settled?.({ ...result, request, agent, at: endedAt }));
      },
    };
  };
}
