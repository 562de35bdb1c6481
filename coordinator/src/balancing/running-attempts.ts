import type { RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId, ExpectedAttempt } from '@ollama-coordinator/common/balancing';
import { timeLeftMs } from './time-left.js';

/** One attempt of this replica under way. Times by the monotonic clock. */
export interface RunningAttempt {
  readonly agent: AgentId;
  readonly signature: RunnerSignature;
  readonly beganMs: number;
  readonly expected: ExpectedAttempt;
  /** When its first byte came. */
  firstByteMs: number | undefined;
}

/** What this replica has under way on one agent, by runner. */
export type RunningOn = ReadonlyMap<RunnerSignature, readonly RunningAttempt[]>;

export interface RunningAttempts {
  begin(attempt: RunningAttempt): void;
  end(attempt: RunningAttempt): void;
  on(agent: AgentId): RunningOn;
}

const NOTHING: RunningOn = new Map();

/** Loads and prompts take so much longer than expected now and then: no sign that the agent is held up. */
const LATE_FACTOR = 1.5;
const LATE_AFTER_MS = 1000;
/** Beyond this it was no wait for something else: the machine is slower than its memory and its model say. */
const SLOW_FACTOR = 3;

export function createRunningAttempts(): RunningAttempts {
  const agents = new Map<AgentId, Map<RunnerSignature, RunningAttempt[]>>();
  return {
    begin(attempt) {
      const { agent, signature } = attempt;
      const runners = agents.get(agent) ?? new Map<RunnerSignature, RunningAttempt[]>();
      agents.set(agent, runners);
      const attempts = runners.get(signature);
      if (attempts) attempts.push(attempt);
      else runners.set(signature, [attempt]);
    },
    end(attempt) {
      const runners = agents.get(attempt.agent);
      const attempts = runners?.get(attempt.signature);
      const index = attempts?.indexOf(attempt) ?? -1;
      if (!runners || !attempts || index < 0) return;
      attempts.splice(index, 1);
      if (attempts.length === 0) runners.delete(attempt.signature);
      if (runners.size === 0) agents.delete(attempt.agent);
    },
    on: (agent) => agents.get(agent) ?? NOTHING,
  };
}

/** When its model is expected to be loaded. */
export function expectedReadyMs({ beganMs, expected }: RunningAttempt, nowMs: number): number {
  return nowMs + timeLeftMs({ meanMs: 1000 * expected.loadS, spread: 0 }, nowMs - beganMs);
}

/** When it is expected to end: from its first byte on, only its decoding is left. */
export function expectedEndMs(attempt: RunningAttempt, nowMs: number): number {
  const { beganMs, firstByteMs, expected } = attempt;
  const { decodeS, decodeSpread: spread } = expected;
  const meanMs = 1000 * decodeS;
  if (firstByteMs !== undefined) return nowMs + timeLeftMs({ meanMs, spread }, nowMs - firstByteMs);
  return nowMs + timeLeftMs({ meanMs: expectedFirstByteMs(attempt), spread: 0 }, nowMs - beganMs) + meanMs;
}

/** Its first byte is late from this time on; undefined where it came. */
export function lateFromMs(attempt: RunningAttempt): number | undefined {
  const { beganMs, firstByteMs } = attempt;
  return firstByteMs === undefined ? beganMs + LATE_AFTER_MS + LATE_FACTOR * expectedFirstByteMs(attempt) : undefined;
}

/** How many times as long as expected its first byte took; undefined where it did not come yet, or not so late that the guess was wrong. */
export function slowness(attempt: RunningAttempt): number | undefined {
  const { beganMs, firstByteMs } = attempt;
  const expectedMs = expectedFirstByteMs(attempt);
  if (firstByteMs === undefined || firstByteMs - beganMs <= LATE_AFTER_MS + SLOW_FACTOR * expectedMs) return undefined;
  return (firstByteMs - beganMs) / Math.max(LATE_AFTER_MS, expectedMs);
}

function expectedFirstByteMs({ expected: { loadS, prefillS, overheadS } }: RunningAttempt): number {
  return 1000 * (loadS + prefillS + overheadS);
}
