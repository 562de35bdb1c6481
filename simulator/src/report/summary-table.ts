import type { Summary } from './summarise.js';

const COLUMNS: Readonly<Record<string, (summary: Summary) => string>> = {
  'TTFT p50 s': ({ ttft_ms }) => seconds(ttft_ms.p50),
  p90: ({ ttft_ms }) => seconds(ttft_ms.p90),
  p99: ({ ttft_ms }) => seconds(ttft_ms.p99),
  'total p50 s': ({ total_ms }) => seconds(total_ms.p50),
  'p90 ': ({ total_ms }) => seconds(total_ms.p90),
  'p99 ': ({ total_ms }) => seconds(total_ms.p99),
  'goodput %': ({ goodput }) => (goodput.share * 100).toFixed(1),
  loads: ({ loads }) => String(loads),
  evictions: ({ evictions }) => String(evictions),
  'error %': ({ prediction }) => percent(prediction.median_error_after_200),
  'fair TTFT': ({ fairness }) => figure(fairness.ttft),
  refused: ({ refused }) => String(refused),
  failed: ({ failed, lost }) => String(failed + lost),
};

export const summaryColumns: readonly string[] = ['balancer', ...Object.keys(COLUMNS)];

export function summaryRow([name, summary]: readonly [string, Summary]): readonly string[] {
  return [name, ...Object.values(COLUMNS).map((read) => read(summary))];
}

function seconds(ms: number | null): string {
  if (ms === null) return '–';
  return (ms / 1000).toFixed(ms < 9995 ? 2 : 1);
}

function percent(share: number | null): string {
  return share === null ? '–' : (share * 100).toFixed(1);
}

function figure(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}
