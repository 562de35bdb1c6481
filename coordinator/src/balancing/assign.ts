import type { Clock, RunnerSignature } from '@ollama-coordinator/common';
import {
  type AgentId,
  type Costed,
  type ExpectedAttempt,
  expectAttempt,
  type Instant,
  type Moment,
  type RequestFacts,
  type Runner,
  type Settled,
} from '@ollama-coordinator/common/balancing';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { ActiveProfile } from './active-profile.js';
import type { AgentEntry, AgentViews } from './agent-views.js';
import type { Ejections } from './ejection/ejections.js';
import type { InFlight } from './in-flight.js';
import type { RunningAttempt, RunningAttempts } from './running-attempts.js';
import type { WarmPrefixes } from './warm-prefixes.js';

/** What became of an attempt; see Settled. */
export type AttemptResult = Omit<Settled, 'request' | 'agent' | 'at'>;

/** How things stood when an attempt began. */
export interface Began {
  /** State of the runner that it needs. */
  readonly runner: Runner['state'] | 'absent';
  /** Requests on that runner, this one not counted. */
  readonly inFlight: number;
  readonly expected: ExpectedAttempt;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** A request given to an agent, and counted there until it is settled. */
export interface Assignment {
  readonly kind: 'assigned';
  readonly agent: AgentRecord;
  readonly why: string;
  readonly began: Began;
  /** Runners that should make room for it where it needs some, the first one first. */
  readonly evict: readonly RunnerSignature[];
  /** Of the slot that the agent keeps for this request. */
  readonly grantId?: string;
  /** Milliseconds from the assignment to the first byte of the answer. */
  firstByte(firstByteMs: number): void;
  /** Other requests on the runner at this time, as far as this replica knows. */
  inFlightBeside(): number;
  /** Ends the attempt: frees the slot and tells the balancers. Only the first call counts. */
  settle(result: AttemptResult): void;
}

export interface AssignDeps {
  readonly inFlight: InFlight;
  readonly running: RunningAttempts;
  readonly warm: WarmPrefixes;
  readonly views: AgentViews;
  readonly clock: Clock;
  readonly ejections?: Ejections | undefined;
}

/** A decision: who gets the request, and what they were chosen from. */
export interface Decision {
  readonly entry: AgentEntry;
  readonly candidates: readonly Costed[];
  readonly why: string;
  /** Runners that should make room for it, the first one first. */
  readonly evict: readonly RunnerSignature[];
  readonly at: Moment;
  /** Whose decision it is; told what becomes of it. */
  readonly profile: ActiveProfile;
}

/** Counts the attempt on its agent and hands out the one handle that takes it off again. */
export function createAssign({ inFlight, running, warm, views, clock, ejections }: AssignDeps) {
  const instant = (): Instant => ({ nowMs: clock.now(), monotonicMs: clock.monotonic() });
  return (request: RequestFacts, { entry, candidates, why, evict, at, profile }: Decision): Assignment => {
    const agent: AgentId = entry.record.id;
    const { signature } = request;
    const began = howItBegins(entry, request, at);
    const others = began.inFlight - (inFlight.bySignature(agent).get(signature) ?? 0);
    const attempt: RunningAttempt = { agent, signature, beganMs: at.monotonicMs, expected: began.expected, firstByteMs: undefined };
    let settled = false;
    inFlight.add(agent, signature);
    running.begin(attempt);
    warm.sent(agent, { signature, slots: entry.record.slots }, request);
    ejections?.assigned(agent, signature);
    views.touch(agent);
    profile.begin();
    profile.tell((balancer) => balancer.assigned?.({ request, agent, candidates, at }));
    return {
      kind: 'assigned',
      agent: entry.record,
      why,
      began,
      evict,
      firstByte(firstByteMs) {
        if (settled) return;
        const reachedAt = instant();
        attempt.firstByteMs = reachedAt.monotonicMs;
        views.touch(agent);
        profile.tell((balancer) => balancer.firstByte?.({ request, agent, at: reachedAt, firstByteMs }));
      },
      inFlightBeside: () => Math.max(0, others) + (inFlight.bySignature(agent).get(signature) ?? 0) - (settled ? 0 : 1),
      settle(result) {
        if (settled) return;
        settled = true;
        inFlight.remove(agent, signature);
        running.end(attempt);
        ejections?.released(agent, signature);
        views.touch(agent);
        const endedAt = instant();
        profile.tell((balancer) => balancer.settled?.({ request, agent, at: endedAt, ...result }));
        profile.end();
      },
    };
  };
}

function howItBegins({ costed }: AgentEntry, request: RequestFacts, at: Moment): Began {
  const runner = costed.agent.runners.find(({ signature }) => signature === request.signature);
  return {
    runner: runner?.state ?? 'absent',
    inFlight: runner?.inFlight ?? 0,
    expected: expectAttempt(request, costed.agent, at),
    promptTokens: request.promptTokens.mean,
    outputTokens: request.outputTokens.mean,
  };
}
