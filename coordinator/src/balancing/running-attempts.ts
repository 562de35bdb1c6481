import type { RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId, ExpectedAttempt } from '@ollama-coordinator/common/balancing';

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

/** What has run for longer than expected is expected to run on for this share of the time that it has run. */
const OVERDUE_SHARE = 0.25;

/** When its model is expected to be loaded. */
export function expectedReadyMs({ beganMs, expected }: RunningAttempt, nowMs: number): number {
  return notYet(beganMs + 1000 * expected.loadS, beganMs, nowMs);
}

/** When it is expected to end: from its first byte on, only its decoding is left. */
export function expectedEndMs({ beganMs, firstByteMs, expected }: RunningAttempt, nowMs: number): number {
  const { loadS, prefillS, overheadS, decodeS } = expected;
  const beforeS = loadS + prefillS + overheadS;
  const firstMs = firstByteMs ?? notYet(beganMs + 1000 * beforeS, beganMs, nowMs);
  return notYet(firstMs + 1000 * decodeS, firstByteMs ?? beganMs, nowMs);
}

function notYet(expectedMs: number, sinceMs: number, nowMs: number): number {
  return expectedMs > nowMs ? expectedMs : nowMs + OVERDUE_SHARE * (nowMs - sinceMs);
}
