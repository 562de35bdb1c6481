import type { Request } from '@ollama-coordinator/common';
import type { Arrival } from './input/assign-models.js';

/** One request and what became of it. Milliseconds. */
export interface SimulatedRequest {
  readonly arrival: Arrival;
  /** What the coordinator recorded; undefined: it was lost, which must never be. */
  readonly outcome: Request | undefined;
  /** From the client's request to its first token, and to the end. */
  readonly ttftMs: number | undefined;
  readonly totalMs: number | undefined;
  /** From the last assignment to the first token: what the coordinator expected, and what it took. */
  readonly predictedMs: number | undefined;
  readonly assignedToFirstMs: number | undefined;
}

export interface SimulatedMachine {
  readonly name: string;
  readonly loads: number;
  /** Models that had to leave for another one, for other options, or because the agent made room. */
  readonly evictions: number;
}

export interface SimulationResult {
  readonly requests: readonly SimulatedRequest[];
  readonly machines: readonly SimulatedMachine[];
  /** What balancers did wrong. */
  readonly faults: number;
  /** From the first arrival to the last end. */
  readonly simulatedMs: number;
  readonly events: number;
}
