import type { Bar } from '../support/bars.js';
import { median } from '../support/statistics.js';
import type { Figures, Measurement, TargetFigures } from './measure.js';
import { CHUNK_PHASE, JSON_PHASE, type TargetName } from './settings.js';
import type { Part } from './targets.js';

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

/** Median over the rounds of how many times higher a figure is than the other's in the same round. */
function timesThat(
  own: TargetFigures | undefined,
  other: TargetFigures | undefined,
  phase: string,
  read: (measurement: Measurement) => number,
): number {
  const reference = other?.phases.get(phase) ?? [];
  return median(
    (own?.phases.get(phase) ?? []).map((measurement, round) => {
      const beside = reference[round];
      return beside === undefined ? Number.NaN : read(measurement) / read(beside);
    }),
  );
}

/** The bars: against Caddy in the same rounds, two replicas against one and against two that share nothing, and memory by itself. */
export function forwardBars(figures: Figures): readonly Bar[] {
  const ours = figuresOf(figures, 'coordinator');
  const caddy = figuresOf(figures, 'caddy');
  if (ours === undefined) return [];
  const note = caddy === undefined ? { note: 'Caddy is missing' } : {};
  const ofCaddys = (name: string, limit: number, phase: string, read: (measurement: Measurement) => number): Bar => ({
    name: `${name}, of Caddy's`,
    value: timesThat(ours, caddy, phase, read),
    limit,
    unit: '×',
    ...note,
  });
  const held = (connections: number, limit: number): Bar => ({
    name: `coordinator RSS with ${connections.toLocaleString('en')} open streams`,
    value: (ours.held.get(connections)?.rssBytes.proxy ?? Number.NaN) / MIB,
    limit,
    unit: 'MiB',
  });
  const ofReplicas = (name: string, other: TargetFigures | undefined): Bar => ({
    name: `CPU per JSON request of two replicas, of ${name}`,
    value: timesThat(figuresOf(figures, 'replicas'), other, JSON_PHASE, cpuPerRequest('proxy')),
    limit: 1.1,
    unit: '×',
  });
  return [
    ofCaddys('coordinator CPU per streamed chunk', 1, CHUNK_PHASE, cpuPerChunk('proxy')),
    ofCaddys('coordinator CPU per JSON request', 1.5, JSON_PHASE, cpuPerRequest('proxy')),
    ofCaddys('first token p50 at 64 streams', 1.5, CHUNK_PHASE, ({ load }) => load.firstByteMs.p50),
    ofCaddys('gap between chunks p99 at 64 streams', 1.2, CHUNK_PHASE, ({ load }) => load.gapMs.p99),
    held(1000, 200),
    held(5000, 400),
    ofReplicas("one's", ours),
    ofReplicas("two coordinators' that share nothing", figuresOf(figures, 'pair')),
  ];
}

/** Every failure of any load, as sentences: a benchmark of wrong answers is none. */
export function failuresIn(figures: Figures): readonly string[] {
  return [...figures].flatMap(([target, own]) => {
    const phases = [...own.phases].flatMap(([phase, measurements]) => measurements.map(({ load }) => ({ phase, load })));
    const holds = [...own.held].map(([connections, { load }]) => ({ phase: `${connections} open streams`, load }));
    return [...phases, ...holds]
      .filter(({ load }) => load.failureCount > 0)
      .map(({ phase, load }) => `${target.name}, ${phase}: ${load.failureCount} of ${load.requests} failed: ${load.failures.join('; ')}`);
  });
}
