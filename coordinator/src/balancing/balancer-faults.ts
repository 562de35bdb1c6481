import type { Clock, Logger } from '@ollama-coordinator/common';

/**
 * What a balancer did wrong. hung: it was not ready in time, and takes no part · threw · bad-cost, bad-choice: the answer is none
 * (NaN, a promise, nothing) · stranger: its choice is no candidate · unexplained-reject · promise: a feedback hook answered one.
 */
export type FaultKind = 'hung' | 'threw' | 'bad-cost' | 'bad-choice' | 'stranger' | 'unexplained-reject' | 'promise';

export interface FaultCount {
  readonly balancer: string;
  readonly kind: FaultKind;
  readonly count: number;
}

/** Counts what balancers do wrong, and logs the first of each kind in a minute. */
export interface BalancerFaults {
  note(balancer: string, kind: FaultKind, detail: unknown): void;
  counts(): readonly FaultCount[];
}

const LOG_EVERY_MS = 60_000;

export function createBalancerFaults({ clock, log }: { readonly clock: Clock; readonly log: Logger }): BalancerFaults {
  const faults = new Map<string, { balancer: string; kind: FaultKind; count: number; loggedAtMs: number }>();
  return {
    note(balancer, kind, detail) {
      const key = `${kind} ${balancer}`;
      const fault = faults.get(key) ?? { balancer, kind, count: 0, loggedAtMs: Number.NEGATIVE_INFINITY };
      faults.set(key, fault);
      fault.count += 1;
      const nowMs = clock.monotonic();
      if (nowMs - fault.loggedAtMs < LOG_EVERY_MS) return;
      fault.loggedAtMs = nowMs;
      const fields = { balancer, kind, count: fault.count };
      log.error(detail instanceof Error ? { ...fields, err: detail } : { ...fields, detail }, sentenceFor(kind));
    },
    counts: () => [...faults.values()].map(({ balancer, kind, count }) => ({ balancer, kind, count })),
  };
}

function sentenceFor(kind: FaultKind): string {
  return kind === 'hung'
    ? 'the balancer was not ready in time and takes no part until the next start'
    : 'the balancer failed; what it did not decide is decided without it';
}
