import { INFORMED, type Summary } from '@ollama-coordinator/simulator';
import { median } from '../support/statistics.js';
import type { Cell } from './run-cell.js';

/** The balancer that the bars are about. */
export const JUDGED = 'predictive';
const LEAST_CONNECTIONS = 'least-connections';

/** How the judged balancer did on one trace and one fleet: medians over the seeds of ratios within each. NaN: not measured. */
export interface Ratios {
  readonly trace: string;
  readonly fleet: string;
  readonly modelsExceedVram: boolean;
  /** First token, of the informed reference's. */
  readonly p50OfInformed: number;
  readonly p99OfInformed: number;
  /** First token, of least-connections'. */
  readonly p50OfLeastConnections: number;
  /** Total time, of the best other plugin's. */
  readonly totalOfBest: number;
  readonly bestOther: string;
  /** Median absolute relative error of the predicted first token, after 200 requests. */
  readonly predictionError: number;
}

/** `cells`: the seeds of one trace on one fleet. Undefined where the judged balancer did not run. */
export function ratiosOf(cells: readonly Cell[]): Ratios | undefined {
  const [first] = cells;
  if (first?.balancers[JUDGED] === undefined) return undefined;
  const over = (read: (cell: Cell) => number) => median(cells.map(read).filter((value) => !Number.isNaN(value)));
  const against = (name: string, read: (summary: Summary) => number | null) =>
    over(({ balancers }) => (balancers[name] ? ratio(read, balancers[JUDGED], balancers[name]) : Number.NaN));
  return {
    trace: first.trace,
    fleet: first.fleet,
    modelsExceedVram: first.modelsExceedVram,
    p50OfInformed: against(INFORMED, ({ ttft_ms }) => ttft_ms.p50),
    p99OfInformed: against(INFORMED, ({ ttft_ms }) => ttft_ms.p99),
    p50OfLeastConnections: against(LEAST_CONNECTIONS, ({ ttft_ms }) => ttft_ms.p50),
    totalOfBest: over((cell) => {
      const best = bestOther(cell);
      return best === undefined ? Number.NaN : ratio(totalP50, cell.balancers[JUDGED], cell.balancers[best]);
    }),
    bestOther: [...new Set(cells.flatMap((cell) => bestOther(cell) ?? []))].join(', '),
    predictionError: over(({ balancers }) => balancers[JUDGED]?.prediction.median_error_after_200 ?? Number.NaN),
  };
}

function ratio(read: (summary: Summary) => number | null, one: Summary | undefined, other: Summary | undefined): number {
  const [above, below] = [one && read(one), other && read(other)];
  return typeof above === 'number' && typeof below === 'number' && below > 0 ? above / below : Number.NaN;
}

/** Name of the plugin, the judged one and the reference apart, with the lowest median total time. */
function bestOther({ balancers }: Cell): string | undefined {
  const others = Object.entries(balancers).filter(([name, summary]) => name !== JUDGED && name !== INFORMED && totalP50(summary) !== null);
  return others.sort(([, one], [, other]) => (totalP50(one) ?? 0) - (totalP50(other) ?? 0))[0]?.[0];
}

function totalP50({ total_ms: totalMs }: Summary): number | null {
  return totalMs.p50;
}
