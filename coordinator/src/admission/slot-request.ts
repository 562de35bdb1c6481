import type { Timer } from '@ollama-coordinator/common';
import type { AgentId, CallerId, ModelName, Priority } from '@ollama-coordinator/common/balancing';
import type { Assignment, Placement } from '../balancing/create-balancing.js';
import type { CandidateRules } from '../balancing/find-candidates.js';

/** A request that needs a slot. */
export interface SlotRequest {
  readonly id: string;
  /** Requests of one line need the same runner and have the same pin; only its head is placed. */
  readonly line: string;
  readonly model: ModelName;
  readonly signature: string;
  readonly caller: CallerId;
  readonly priority: Priority;
  /** Expected, as far as the request itself tells. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Wall time. */
  readonly receivedAtMs: number;
  /** How long it has waited before, when it comes back after an agent failed it. */
  readonly waitedMs: number;
  /** Agents that may not be chosen: they failed this request before. */
  readonly exclude: ReadonlySet<AgentId>;
  /** Chooses and, where a slot is free, takes it in the same step. */
  readonly place: (asked: PlaceRules) => Placement;
  /** Whether it would take one. Changes nothing. */
  readonly wouldStart: (asked: PlaceRules) => boolean;
}

/** What its line knows of a placement. */
export type PlaceRules = Pick<CandidateRules, 'exclude' | 'grantedBy' | 'full' | 'asked' | 'line'>;

/** A request in a line. */
export interface Waiter {
  readonly request: SlotRequest;
  readonly resolve: (assignment: Assignment) => void;
  readonly reject: (error: Error) => void;
  readonly timeout: Timer;
}

/** A batch request that has waited this long stands before everybody else: later than interactive ones, but not for ever. */
export const BATCH_AGEING_MS = 60_000;

/** 0 comes first. */
export function priorityRank(priority: Priority): number {
  return priority === 'interactive' ? 0 : 1;
}

/** The same, of a request that has waited until `nowMs`, by the wall clock. */
export function rankAt({ priority, receivedAtMs }: Pick<SlotRequest, 'priority' | 'receivedAtMs'>, nowMs: number): number {
  return nowMs - receivedAtMs >= BATCH_AGEING_MS ? 0 : priorityRank(priority);
}
