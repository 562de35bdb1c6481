import { parseArgs } from 'node:util';
import type { LoadOrder } from './load-order.js';

export const TARGETS = ['direct', 'nginx', 'haproxy', 'caddy', 'coordinator', 'replicas', 'pair'] as const;
export type TargetName = (typeof TARGETS)[number];

/** The streams whose CPU per chunk and times are judged, and the requests whose CPU each is. */
export const CHUNK_PHASE = 'streams-64';
export const JSON_PHASE = 'json-16';
const JUDGED_PHASES = `${CHUNK_PHASE},${JSON_PHASE},hold`;

/** One kind of load, applied to every target in turn. */
export interface Phase {
  readonly name: string;
  readonly title: string;
  readonly order: Omit<LoadOrder, 'urls'>;
}

export interface Settings {
  readonly rounds: number;
  /** Length of one load. */
  readonly seconds: number;
  readonly targets: readonly TargetName[];
  readonly phases: readonly Phase[];
  /** Time over which the processes' idle CPU is measured. */
  readonly idleSeconds: number;
  /** JSON requests that each process of a target has answered before anything is measured. */
  readonly warmUpRequests: number;
  /** How many streams each target holds open; and how many our one replica does besides. */
  readonly hold: { readonly each: number; readonly ours: number } | undefined;
  readonly jsonFile: string | undefined;
  readonly writeDocs: boolean;
  readonly profileFolder: string | undefined;
}

/** V8 has compiled what a request runs through after some ten thousand of them; the first thousand cost four times as much. */
const WARM_UP_REQUESTS = 12_000;

export const USAGE = `usage: npm run bench:forward -- [options]
  --rounds N        how often each target gets each load, medians count (3)
  --seconds N       length of one load (5)
  --targets LIST    of ${TARGETS.join(',')} (all)
  --phases LIST     of streams-1,streams-64,streams-256,json-1,json-16,hold (all)
  --quick           three rounds of one second, and only what is judged, for CI
  --json FILE       writes every figure there
  --write-docs      writes docs/benchmarks.md
  --profile FOLDER  CPU profiles of coordinator and agent go there`;

/** Throws with a sentence where a flag is unknown or its value is not usable. */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      targets: { type: 'string' },
      phases: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      'write-docs': { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const seconds = readNumber('--seconds', values.seconds, values.quick ? 1 : 5);
  const phases = makePhases(seconds);
  const targets = readList('--targets', values.targets, TARGETS);
  const named = values.phases ?? (values.quick ? JUDGED_PHASES : undefined);
  const wanted = readList('--phases', named, [...phases.map(({ name }) => name), 'hold']);
  return {
    rounds: readNumber('--rounds', values.rounds, 3),
    seconds,
    targets,
    phases: phases.filter(({ name }) => wanted.includes(name)),
    idleSeconds: values.quick ? 5 : 7,
    warmUpRequests: WARM_UP_REQUESTS,
    hold: wanted.includes('hold') ? { each: 1000, ours: 5000 } : undefined,
    jsonFile: values.json,
    writeDocs: values['write-docs'],
    profileFolder: values.profile,
  };
}

/** Those of `known` that are named, in their own order; all where the flag is absent. */
function readList<Name extends string>(flag: string, value: string | undefined, known: readonly Name[]): readonly Name[] {
  const named = value?.split(',') ?? known;
  const stranger = named.find((name) => !known.some((each) => each === name));
  if (stranger !== undefined) throw new Error(`${flag} knows ${known.join(', ')}, not ${stranger}`);
  return known.filter((name) => named.some((each) => each === name));
}

function readNumber(flag: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!(number > 0)) throw new Error(`${flag} must be a number above 0, not ${value}`);
  return number;
}

/** The paces keep two cores below saturation, backend and load included: a queue for the processor would drown every proxy's own time. */
function makePhases(seconds: number): readonly Phase[] {
  return [
    streams(seconds, 1, { records: 41, paceMs: 5 }),
    streams(seconds, 64, { records: 201, paceMs: 10 }),
    streams(seconds, 256, { records: 101, paceMs: 40 }),
    json(seconds, 1),
    json(seconds, 16),
  ];
}

function streams(seconds: number, connections: number, stream: { records: number; paceMs: number }): Phase {
  const name = `streams-${connections}`;
  const title = `${connections} stream${connections === 1 ? '' : 's'}, ${stream.records} records each, ${stream.paceMs} ms apart`;
  return { name, title, order: { connections, seconds, spreadMs: connections === 1 ? 0 : stream.records * stream.paceMs, stream } };
}

function json(seconds: number, connections: number): Phase {
  const title = `JSON replies, ${connections} connection${connections === 1 ? '' : 's'}`;
  return { name: `json-${connections}`, title, order: { connections, seconds, spreadMs: 0 } };
}

/** Streams that stay open, one record a second each: what they cost in memory. Five hundred begin in a second; all are open for three. */
export function holdOrder(connections: number, urls: readonly string[]): LoadOrder {
  const spreadMs = Math.max(2000, 2 * connections);
  return { urls, connections, seconds: 0, spreadMs, stream: { records: 4 + Math.ceil(spreadMs / 1000), paceMs: 1000 } };
}

/**
 * What is asked of a target in a phase. Clients that wait for their answers are as many at each of two replicas as at one: a process that has
 * fewer at a time does less in each turn of its loop, and needs more CPU for each request, however many replicas there are.
 */
export function orderFor({ urls }: { readonly urls: readonly string[] }, { order }: Phase): LoadOrder {
  return { urls, ...order, connections: order.stream === undefined ? order.connections * urls.length : order.connections };
}

/** Two replicas are compared where CPU time is judged, with one and with two that share nothing, and nowhere else. */
export function isMeasured(target: TargetName, phase: string): boolean {
  if (target === 'pair') return phase === JSON_PHASE;
  return target !== 'replicas' || phase === CHUNK_PHASE || phase === JSON_PHASE;
}
