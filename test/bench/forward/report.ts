import { BAR_COLUMNS, type Bar, barRows, formatFigure } from '../support/bars.js';
import { markdownTable } from '../support/markdown-table.js';
import { addedOver, cpuPerChunk, cpuPerRequest, figuresOf, forwardBars, medianOf } from './figures.js';
import type { HistoryCost } from './history-cost.js';
import { historyBars, historySection } from './history-section.js';
import type { Figures, Measurement, TargetFigures } from './measure.js';
import { isMeasured, type Phase, type Settings } from './settings.js';
import type { Part } from './targets.js';

const MIB = 1024 * 1024;

/** The whole report as Markdown. */
export function formatReport(figures: Figures, settings: Settings, missing: readonly string[], history?: HistoryCost): string {
  const streamed = settings.phases.filter(({ order }) => order.stream !== undefined);
  const plain = settings.phases.filter(({ order }) => order.stream === undefined);
  return [
    `Medians of ${settings.rounds} interleaved round${settings.rounds === 1 ? '' : 's'}; times in ms, CPU in µs of the proxy's own process (idle share subtracted); \`+\` is what is added to direct. The coordinator's answers pass its agent as well, whose CPU is shown apart; \`replicas\` are two of them on one Redis and one agent, their CPU added up: of the streams each has half, of the JSON connections each has as many as the one coordinator. \`pair\` are two coordinators at the same time that share nothing but the machine. Before anything is measured each process has answered ${settings.warmUpRequests.toLocaleString('en')} requests.`,
    ...(missing.length === 0 ? [] : [`**Missing on this machine, not measured: ${missing.join(', ')}.**`]),
    ...streamed.map((phase) => streamSection(figures, phase)),
    ...plain.map((phase) => jsonSection(figures, phase)),
    memorySection(figures, settings),
    ...historySection(figures, history),
    ...barSection([...forwardBars(figures), ...historyBars(figures, history)]),
  ].join('\n\n');
}

type Read = (measurement: Measurement) => number;

function section(
  figures: Figures,
  phase: Phase,
  columns: Readonly<Record<string, (own: TargetFigures, direct: TargetFigures | undefined) => number>>,
): string {
  const direct = figuresOf(figures, 'direct');
  const measured = [...figures].filter(([target]) => isMeasured(target.name, phase.name));
  const rows = measured.map(([target, own]) => [target.name, ...Object.values(columns).map((read) => formatFigure(read(own, direct)))]);
  return `### ${phase.title}\n\n${markdownTable(['', ...Object.keys(columns)], rows)}`;
}

function streamSection(figures: Figures, phase: Phase): string {
  const own = (read: Read) => (target: TargetFigures) => medianOf(target, phase.name, read);
  const added = (read: Read) => (target: TargetFigures, direct: TargetFigures | undefined) => addedOver(target, direct, phase.name, read);
  return section(figures, phase, {
    'first token p50': own(({ load }) => load.firstByteMs.p50),
    '+ p50': added(({ load }) => load.firstByteMs.p50),
    '+ p99': added(({ load }) => load.firstByteMs.p99),
    'total + p50': added(({ load }) => load.totalMs.p50),
    'total + p99': added(({ load }) => load.totalMs.p99),
    'gap p99': own(({ load }) => load.gapMs.p99),
    'CPU/chunk': own(cpuPerChunk('proxy')),
    'agent CPU/chunk': own(cpuPerChunk('agent')),
  });
}

function jsonSection(figures: Figures, phase: Phase): string {
  const own = (read: Read) => (target: TargetFigures) => medianOf(target, phase.name, read);
  const added = (read: Read) => (target: TargetFigures, direct: TargetFigures | undefined) => addedOver(target, direct, phase.name, read);
  return section(figures, phase, {
    p50: own(({ load }) => load.totalMs.p50),
    '+ p50': added(({ load }) => load.totalMs.p50),
    '+ p99': added(({ load }) => load.totalMs.p99),
    'requests/s': own(({ load }) => (load.requests * 1000) / load.wallMs),
    'CPU/request': own(cpuPerRequest('proxy')),
    'agent CPU/request': own(cpuPerRequest('agent')),
    'Redis CPU/request': own(cpuPerRequest('redis')),
  });
}

function memorySection(figures: Figures, { hold }: Settings): string {
  const held = hold === undefined ? [] : [hold.each, hold.ours];
  const rows = [...figures]
    .flatMap(([target, own]) => target.parts.map((part) => ({ own, part, label: labelOf(target.name, part.name) })))
    .map(({ own, part: { name }, label }) => [
      label,
      formatFigure(toMib(own.idleRssBytes[name])),
      ...held.map((connections) => formatFigure(toMib(own.held.get(connections)?.rssBytes[name]))),
      formatFigure((own.idleShare[name] ?? Number.NaN) * 100),
    ]);
  const heldColumns = held.map((connections) => `RSS with ${connections.toLocaleString('en')} open streams, MiB`);
  return `### Memory and idling\n\n${markdownTable(['', 'RSS idle, MiB', ...heldColumns, 'CPU idle, % of a core'], rows)}`;
}

function toMib(bytes = Number.NaN): number {
  return bytes / MIB;
}

function barSection(bars: readonly Bar[]): readonly string[] {
  return bars.length === 0 ? [] : [`### Bars\n\n${markdownTable(BAR_COLUMNS, barRows(bars))}`];
}

function labelOf(target: string, part: Part['name']): string {
  return part === 'proxy' ? target : `its ${part}`;
}
