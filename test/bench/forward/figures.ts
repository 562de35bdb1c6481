import type { Bar } from '../support/bars.js';
import { median } from '../support/statistics.js';
import type { Figures, Measurement, TargetFigures } from './measure.js';
import type { TargetName } from './settings.js';
import type { Part } from './targets.js';

/** The streams whose CPU per chunk is judged, and the requests whose CPU each is. */
export const CHUNK_PHASE = 'streams-64';
export const JSON_PHASE = 'json-16';
const MIB = 1024 * 1024;

/** Median over the rounds of a figure of one phase; NaN where the phase was not run. */
export function medianOf(own: TargetFigures | undefined, phase: string, read: (measurement: Measurement) => number): number {
  return median((own?.phases.get(phase) ?? []).map(read));
}

/** CPU time of one part per streamed record, in µs. */
export function cpuPerChunk(part: Part['name']): (measurement: Measurement) => number {
  return ({ load, cpuMs }) => ((cpuMs[part] ?? Number.NaN) * 1000) / load.records;
}

/** CPU time of one part per request, in µs. */
export function cpuPerRequest(part: Part['name']): (measurement: Measurement) => number {
  return ({ load, cpuMs }) => ((cpuMs[part] ?? Number.NaN) * 1000) / load.requests;
}

/** Median over the rounds of how much higher a figure is than direct in the same round. */
export function addedOver(
  own: TargetFigures,
  direct: TargetFigures | undefined,
  phase: string,
  read: (measurement: Measurement) => number,
): number {
  const reference = direct?.phases.get(phase) ?? [];
  return median(
    (own.phases.get(phase) ?? []).map((measurement, round) => {
      const other = reference[round];
      return other === undefined ? Number.NaN : read(measurement) - read(other);
    }),
  );
}

export function figuresOf(figures: Figures, name: TargetName): TargetFigures | undefined {
  return [...figures].find(([target]) => target.name === name)?.[1];
}

/** The bars of the issue: against Caddy in the same run, and memory by itself. */
export function forwardBars(figures: Figures): readonly Bar[] {
  const ours = figuresOf(figures, 'coordinator');
  const caddy = figuresOf(figures, 'caddy');
  if (ours === undefined) return [];
  const ratio = (phase: string, read: (measurement: Measurement) => number) => medianOf(ours, phase, read) / medianOf(caddy, phase, read);
  const note = caddy === undefined ? { note: 'Caddy is missing' } : {};
  return [
    {
      name: "coordinator CPU per streamed chunk, of Caddy's",
      value: ratio(CHUNK_PHASE, cpuPerChunk('proxy')),
      limit: 1.2,
      unit: '×',
      ...note,
    },
    {
      name: "coordinator CPU per JSON request, of Caddy's",
      value: ratio(JSON_PHASE, cpuPerRequest('proxy')),
      limit: 2.5,
      unit: '×',
      ...note,
    },
    { name: 'coordinator RSS with 1,000 open streams', value: (ours.heldRssBytes.proxy ?? Number.NaN) / MIB, limit: 200, unit: 'MiB' },
  ];
}

/** Every failure of any load, as sentences: a benchmark of wrong answers is none. */
export function failuresIn(figures: Figures): readonly string[] {
  return [...figures].flatMap(([target, own]) => {
    const phases = [...own.phases].flatMap(([phase, measurements]) => measurements.map(({ load }) => ({ phase, load })));
    const all = own.held === undefined ? phases : [...phases, { phase: 'hold', load: own.held }];
    return all
      .filter(({ load }) => load.failureCount > 0)
      .map(({ phase, load }) => `${target.name}, ${phase}: ${load.failureCount} of ${load.requests} failed: ${load.failures.join('; ')}`);
  });
}
