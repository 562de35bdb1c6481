import { BAR_COLUMNS, type Bar, barRows } from '../../support/bars.js';
import { markdownTable } from '../../support/markdown-table.js';
import { COORDINATOR, HAPROXY } from './live-targets.js';
import type { LiveFigures } from './run-live.js';

const COLUMNS = ['', 'TTFT p50 s', 'p90', 'p99', 'total p50 s', 'p90 ', 'p99 ', 'loads', 'evictions', 'refused', 'failed'];

export interface LiveReport {
  readonly trace: string;
  readonly fleet: string;
  readonly seed: number;
  readonly balancer: string;
  /** Of the coordinator. */
  readonly replicas: number;
  readonly speed_up: number;
  readonly targets: Readonly<Record<string, LiveFigures>>;
}

export function liveBars(targets: LiveReport['targets']): readonly Bar[] {
  const [own, other] = [targets[COORDINATOR], targets[HAPROXY]];
  if (!own) return [];
  const loads = other ? own.loads / other.loads : Number.NaN;
  return [
    { name: "loads, of HAProxy leastconn's", value: loads, limit: 0.2, unit: '×', ...(other ? {} : { note: 'HAProxy is missing' }) },
    { name: 'requests refused or failed by the coordinator', value: own.refused + own.failed, limit: 0, unit: `of ${own.requests}` },
  ];
}

export function liveSection(report: LiveReport, missing: readonly string[], bars: readonly Bar[]): string {
  const { trace, fleet, seed, balancer, replicas, speed_up: speedUp, targets } = report;
  const [first] = Object.values(targets);
  return [
    `Real programs in real time, **${speedUp} times as fast** as the files say; the figures are in the files' own time. ${first?.requests ?? 0} requests of the trace ${trace}, \
the fleet ${fleet}, seed ${seed}; the coordinator${replicas > 1 ? ` has ${replicas} replicas, its` : "'s"} balancer is ${balancer}. Each line begins with fresh machines. The Ollamas are simulated: their speeds differ by chance from what the \
file says, each load and answer again; what does not fit into VRAM has to go. The proxies stand directly in front of the same Ollamas.`,
    ...(missing.length === 0 ? [] : [`**Missing on this machine, not measured: ${missing.join(', ')}.**`]),
    markdownTable(COLUMNS, Object.entries(targets).map(rowOf)),
    markdownTable(BAR_COLUMNS, barRows(bars)),
  ].join('\n\n');
}

function rowOf([name, { ttft_ms: ttft, total_ms: total, loads, evictions, refused, failed }]: readonly [string, LiveFigures]) {
  const times = [ttft.p50, ttft.p90, ttft.p99, total.p50, total.p90, total.p99];
  return [name, ...times.map(seconds), ...[loads, evictions, refused, failed].map(String)];
}

function seconds(ms: number | null): string {
  return ms === null ? '–' : (ms / 1000).toFixed(ms < 9995 ? 2 : 1);
}
