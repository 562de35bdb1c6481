import type { Clock, Logger } from '@ollama-coordinator/common';

/** What a balancer did wrong: it threw, or its cost, its choice or its reject made no sense. */
export type FaultKind = 'threw' | 'bad-cost' | 'bad-choice' | 'stranger' | 'unexplained-reject';

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
      log.error(
        detail instanceof Error ? { ...fields, err: detail } : { ...fields, detail },
        'the balancer failed; requests are placed without it',
      );
    },
    counts: () => [...faults.values()].map(({ balancer, kind, count }) => ({ balancer, kind, count })),
  };
}
