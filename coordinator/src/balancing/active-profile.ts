import type { Balancer } from '@ollama-coordinator/common/balancing';
import type { BalancerFaults } from './balancer-faults.js';
import { isPromise, settleQuietly, shortName, type WeightedBalancer } from './decide.js';

/** Calls a feedback hook of every balancer. What a hook throws is counted and goes no further. */
export type Tell = (hook: (balancer: Balancer) => void) => void;

/** The balancers that decide, and the attempts that they decided and hear of until these have settled. */
export interface ActiveProfile {
  readonly balancers: readonly WeightedBalancer[];
  /** `label-filter+round-robin`. */
  readonly label: string;
  /** Candidates that all of them are content with; Infinity where one wants to see all. */
  readonly mostCandidates: number;
  readonly tell: Tell;
  /** Whether one of them takes into account what loads cost. */
  readonly weighsLoads: boolean;
  /** An attempt was assigned. */
  begin(): void;
  /** It has settled, and the balancers were told. */
  end(): void;
  /** It decides no more: the balancers are closed once everything that they decided has settled. Resolves then. */
  retire(): Promise<void>;
  /** Closes the balancers, whatever is open. Idempotent. */
  close(): Promise<void>;
}

export function createActiveProfile(balancers: readonly WeightedBalancer[], faults: Pick<BalancerFaults, 'note'>): ActiveProfile {
  let open = 0;
  let isRetired = false;
  let onClosed = () => {};
  let closing: Promise<void> | undefined;

  const close = () => {
    closing ??= closeAll(balancers, faults).then(() => onClosed());
    return closing;
  };
  return {
    balancers,
    weighsLoads: balancers.some(({ needs }) => needs?.includes('speed')),
    mostCandidates: balancers.length === 0 ? Infinity : Math.max(...balancers.map(({ mostCandidates = Infinity }) => mostCandidates)),
    label: balancers.map(({ name }) => shortName(name)).join('+'),
    tell(hook) {
      for (const { name, balancer } of balancers) {
        try {
          const answer: unknown = hook(balancer);
          if (answer !== undefined && isPromise(answer)) faults.note(name, 'promise', settleQuietly(answer));
        } catch (error) {
          faults.note(name, 'threw', error);
        }
      }
    },
    begin() {
      open += 1;
    },
    end() {
      open -= 1;
      if (isRetired && open === 0) void close();
    },
    retire() {
      isRetired = true;
      const closed = new Promise<void>((resolve) => {
        onClosed = resolve;
      });
      return open === 0 ? close() : closed;
    },
    close,
  };
}

/** Never rejects. */
async function closeAll(balancers: readonly WeightedBalancer[], faults: Pick<BalancerFaults, 'note'>): Promise<void> {
  for (const { name, balancer } of balancers) {
    try {
      await balancer.close?.();
    } catch (error) {
      faults.note(name, 'threw', error);
    }
  }
}
