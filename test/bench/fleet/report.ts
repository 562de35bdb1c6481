import { type Summary, summaryColumns, summaryRow } from '@ollama-coordinator/simulator';
import { BAR_COLUMNS, type Bar, barRows, formatFigure } from '../support/bars.js';
import { markdownTable } from '../support/markdown-table.js';
import type { Ratios } from './ratios.js';
import type { Cell } from './run-cell.js';

const RATIO_COLUMNS = [
  'trace, fleet',
  'p50 ÷ informed',
  'p99 ÷ informed',
  'p50 ÷ least-conn.',
  'total ÷ best other',
  'best other',
  'error %',
];

/** Every balancer on one trace and fleet. Those that did exactly the same share a row. */
export function cellSection(cell: Cell): string {
  const title = `### ${cell.trace}, ${cell.fleet}${cell.replicas > 1 ? `, ${cell.replicas} replicas` : ''}, seed ${cell.seed}`;
  return `${title}\n\n${markdownTable(summaryColumns, gatherEqual(cell).map(summaryRow))}`;
}

function gatherEqual({ balancers }: Cell): readonly (readonly [string, Summary])[] {
  const rows = new Map<string, [string, Summary]>();
  for (const [name, summary] of Object.entries(balancers)) {
    const key = JSON.stringify(summary);
    const row = rows.get(key);
    if (row) row[0] = `${row[0]}, ${name}`;
    else rows.set(key, [name, summary]);
  }
  return [...rows.values()];
}

export function ratioSection(all: readonly Ratios[]): string {
  const rows = all.map((ratios) => [
    `${ratios.trace}, ${ratios.fleet}`,
    formatFigure(ratios.p50OfInformed),
    formatFigure(ratios.p99OfInformed),
    ratios.modelsExceedVram ? formatFigure(ratios.p50OfLeastConnections) : `(${formatFigure(ratios.p50OfLeastConnections)})`,
    formatFigure(ratios.totalOfBest),
    ratios.bestOther,
    formatFigure(ratios.predictionError * 100),
  ]);
  return markdownTable(RATIO_COLUMNS, rows);
}

export function barSection(bars: readonly Bar[]): string {
  return markdownTable(BAR_COLUMNS, barRows(bars));
}
