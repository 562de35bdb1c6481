import { type Bar, formatFigure } from '../support/bars.js';
import { markdownTable } from '../support/markdown-table.js';
import { cpuPerRequest, figuresOf, medianOf } from './figures.js';
import type { HistoryCost } from './history-cost.js';
import type { Figures } from './measure.js';
import { CHUNK_PHASE, JSON_PHASE } from './settings.js';

/** What the history costs, beside what the coordinator needs for a request altogether. */
export function historySection(figures: Figures, cost: HistoryCost | undefined): readonly string[] {
  if (cost === undefined) return [];
  const { writeUs, rollUpUs } = cost;
  const rows = [
    ['its records are written', writeUs],
    ['it is added to the roll-ups', rollUpUs],
    ['together', writeUs + rollUpUs],
  ] as const;
  const ofPhase = (us: number, phase: string) => formatFigure((us / requestUs(figures, phase)) * 100);
  const cells = rows.map(([name, us]) => [name, formatFigure(us), ofPhase(us, CHUNK_PHASE), ofPhase(us, JSON_PHASE)]);
  return [
    `### History\n\nCPU of each request while its record and that of its attempt are kept, less the same without: the history alone, in a process of its own.\n\n${markdownTable(['', 'µs', '% of a stream', '% of a JSON reply'], cells)}`,
  ];
}

/** An answer is a stream; a flood of replies of one record each is the worst case, and shown in the section. */
export function historyBars(figures: Figures, cost: HistoryCost | undefined): readonly Bar[] {
  if (cost === undefined) return [];
  const value = ((cost.writeUs + cost.rollUpUs) / requestUs(figures, CHUNK_PHASE)) * 100;
  return [{ name: "the history's CPU, of the coordinator's for a stream", value, limit: 2, unit: '%' }];
}

function requestUs(figures: Figures, phase: string): number {
  return medianOf(figuresOf(figures, 'coordinator'), phase, cpuPerRequest('proxy'));
}
