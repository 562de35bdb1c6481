import type { Clock, Logger, RunnerSignature } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { createEjectionEntries } from './ejection-entries.js';
import { afterFailure, afterSuccess, isSound, phaseOf, shareOf } from './outlier.js';

/**
 * What an attempt says of its agent. unreachable: nobody took the connection · agent-failed: it went away over the request ·
 * model-failed: its Ollama answered an error or was too slow · load-failed: its Ollama cannot load that model ·
 * nothing: it was busy, or the client left.
 */
export type Verdict = 'served' | 'unreachable' | 'agent-failed' | 'model-failed' | 'load-failed' | 'nothing';

/** Keeps agents that fail out of the choice for a growing while: the whole agent, or one model on it. */
export interface Ejections {
  /** False while nothing is held against anybody: the rest need not be asked then. */
  readonly any: boolean;
  isOut(agent: AgentId, signature: RunnerSignature): boolean;
  /** The same for people, and its share of the decisions; changes nothing. */
  look(agent: AgentId, signature: RunnerSignature): EjectionLook;
  /** Whether an agent that is coming back takes part in this choice: at first in one of ten. Changes what the next call answers. */
  takesPart(agent: AgentId, signature: RunnerSignature): boolean;
  /** A request is on its way there; where one was to show whether it works again, that is the one. */
  assigned(agent: AgentId, signature: RunnerSignature): void;
  /** That request has ended, whatever came of it. */
  released(agent: AgentId, signature: RunnerSignature): void;
  judge(agent: AgentId, signature: RunnerSignature, verdict: Verdict): void;
  /** The agent gave a sign of life: one that could not be reached may be tried at once. `heardAtMs`: wall time. */
  heard(agent: AgentId, heardAtMs: number): void;
  left(agent: AgentId): void;
}

export interface EjectionLook {
  readonly isOut: boolean;
  /** Until the next trial; undefined where it is in, or a trial is under way. */
  readonly outMs: number | undefined;
  /** 1 for an agent that nothing is held against. */
  readonly share: number;
}

export interface EjectionsDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly onEjected?: (agent: AgentId, scope: 'agent' | 'model') => void;
  /** An ejection ended; who waits may be placed there. */
  readonly onReturn?: () => void;
}

export function createEjections({ clock, log, onEjected, onReturn }: EjectionsDeps): Ejections {
  const entries = createEjectionEntries();

  function fail(scope: 'agent' | 'model', agent: AgentId, signature: RunnerSignature, verdict: Verdict): void {
    const entry = entries.entryFor(scope, agent, signature);
    const nowMs = clock.monotonic();
    const before = entry.outlier;
    entry.outlier = afterFailure(before, nowMs, verdict === 'unreachable' || verdict === 'load-failed');
    const { outUntilMs, ejections } = entry.outlier;
    if (outUntilMs === undefined || outUntilMs === before.outUntilMs) return;
    entry.refusedAtMs = verdict === 'unreachable' ? clock.now() : undefined;
    entry.credit = 0;
    const lastsMs = outUntilMs - nowMs;
    log.warn(
      { agent, ...(scope === 'model' ? { signature } : {}), verdict, ejections, lasts_ms: lastsMs },
      'kept out of the choice for a while',
    );
    onEjected?.(agent, scope);
    clock.setTimeout(() => onReturn?.(), lastsMs + 1);
  }

  function succeed(agent: AgentId, signature: RunnerSignature): void {
    const nowMs = clock.monotonic();
    for (const entry of entries.of(agent, signature)) entry.outlier = afterSuccess(entry.outlier, nowMs);
    entries.forget(agent, signature, ({ outlier }) => isSound(outlier, nowMs));
  }

  function isOut(agent: AgentId, signature: RunnerSignature): boolean {
    const nowMs = clock.monotonic();
    return entries.of(agent, signature).some(({ outlier, onTrial }) => {
      const phase = phaseOf(outlier, nowMs);
      return phase === 'out' || (phase === 'trial' && onTrial);
    });
  }

  return {
    get any() {
      return entries.any();
    },
    isOut,
    look(agent, signature) {
      const nowMs = clock.monotonic();
      const outliers = entries.of(agent, signature).map(({ outlier }) => outlier);
      const outMs = Math.max(0, ...outliers.map(({ outUntilMs }) => (outUntilMs ?? nowMs) - nowMs));
      return {
        isOut: isOut(agent, signature),
        outMs: outMs > 0 ? outMs : undefined,
        share: Math.min(1, ...outliers.map((outlier) => shareOf(outlier, nowMs))),
      };
    },
    takesPart(agent, signature) {
      const nowMs = clock.monotonic();
      return entries.of(agent, signature).every((entry) => {
        if (phaseOf(entry.outlier, nowMs) !== 'returning') return true;
        entry.credit += shareOf(entry.outlier, nowMs);
        // A tenth is not exact in binary.
        if (entry.credit < 1 - 1e-9) return false;
        entry.credit -= 1;
        return true;
      });
    },
    assigned(agent, signature) {
      const nowMs = clock.monotonic();
      for (const entry of entries.of(agent, signature)) if (phaseOf(entry.outlier, nowMs) === 'trial') entry.onTrial = true;
    },
    released(agent, signature) {
      for (const entry of entries.of(agent, signature)) entry.onTrial = false;
    },
    judge(agent, signature, verdict) {
      if (verdict === 'nothing') return;
      if (verdict === 'served') succeed(agent, signature);
      else if (verdict === 'unreachable' || verdict === 'agent-failed') fail('agent', agent, signature, verdict);
      else fail('model', agent, signature, verdict);
    },
    heard(agent, heardAtMs) {
      const entry = entries.ofAgent(agent);
      if (entry?.refusedAtMs === undefined || heardAtMs <= entry.refusedAtMs) return;
      entry.refusedAtMs = undefined;
      if (phaseOf(entry.outlier, clock.monotonic()) !== 'out') return;
      entry.outlier = { ...entry.outlier, outUntilMs: clock.monotonic() };
      onReturn?.();
    },
    left: entries.leave,
  };
}
