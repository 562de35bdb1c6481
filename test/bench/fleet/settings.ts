import { parseArgs } from 'node:util';
import { checkWritable } from '@ollama-coordinator/simulator';

export interface Settings {
  /** Shipped names or paths. */
  readonly traces: readonly string[];
  readonly fleets: readonly string[];
  /** Undefined: all of them, and the informed reference. */
  readonly balancer: string | undefined;
  readonly seeds: readonly number[];
  readonly replicas: number;
  /** Only so many of a trace's first requests. */
  readonly requests: number;
  readonly sloMs: number;
  readonly noise: boolean;
  /** Real programs in real time; lists of traces and fleets are then empty where none was named. */
  readonly live: boolean;
  /** Real programs and machines go so many times as fast as the fleet's file says. */
  readonly speedUp: number;
  readonly jsonFile: string | undefined;
  readonly writeDocs: boolean;
  readonly help: boolean;
}

export const USAGE = `usage: npm run bench:fleet -- [options]
  --trace FILE      a CSV file, or the name of a shipped trace (all of them); may be repeated
  --fleet FILE      a JSON file, or the name of a shipped fleet (all of them); may be repeated
  --balancer NAME   package, path or short name, or "informed" (all, beside the informed reference)
  --seed N          of noise and chance (1)
  --seeds N         so many seeds from --seed on; ratios are then medians over them (1)
  --replicas R      coordinators that share the requests (1)
  --requests N      only the first N of the trace (all; 500 live)
  --slo-ms N        a first token within this counts as good (10000)
  --no-noise        machines do exactly what the fleet file says
  --live            real programs in real time, beside nginx and HAProxy: one trace and one fleet
  --speed-up N      live, everything goes so many times as fast as the files say (10)
  --quick           few requests, for CI
  --json OUT        writes every figure there
  --write-docs      writes docs/benchmarks.md
  --help            this text`;

/** A flag or value that cannot be used; its message says which. */
export class UsageError extends Error {}

export function readSettings(args: readonly string[], shipped: { traces: readonly string[]; fleets: readonly string[] }): Settings {
  const { values } = parse(args);
  refuseMany(values);
  const first = whole('--seed', values.seed, 1, 0);
  const count = whole('--seeds', values.seeds, 1, 1);
  return {
    traces: values.trace ?? (values.live ? [] : values.quick ? shipped.traces.slice(0, 2) : shipped.traces),
    fleets: values.fleet ?? (values.live ? [] : values.quick ? shipped.fleets.slice(-1) : shipped.fleets),
    balancer: values.balancer,
    seeds: Array.from({ length: count }, (_, index) => first + index),
    replicas: whole('--replicas', values.replicas, 1, 1),
    requests: whole('--requests', values.requests, requestsOf(values), 1),
    sloMs: whole('--slo-ms', values['slo-ms'], 10_000, 1),
    noise: !values['no-noise'],
    live: values.live,
    speedUp: whole('--speed-up', values['speed-up'], 10, 1),
    jsonFile: writable('--json', values.json),
    writeDocs: values['write-docs'],
    help: values.help,
  };
}

/** Without `--requests`; live, so many take a minute for each of those compared. */
function requestsOf({ live, quick }: { live: boolean; quick: boolean }): number {
  if (live) return quick ? 100 : 500;
  return quick ? 300 : Number.MAX_SAFE_INTEGER;
}

/** Live there is one run of each, in real time. */
function refuseMany(values: { live: boolean; trace?: readonly string[]; fleet?: readonly string[]; seeds?: string }): void {
  const isMany = (values.trace?.length ?? 0) > 1 || (values.fleet?.length ?? 0) > 1 || values.seeds !== undefined;
  if (values.live && isMany) throw new UsageError('--live takes one --trace, one --fleet and one --seed');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        trace: { type: 'string', multiple: true },
        fleet: { type: 'string', multiple: true },
        balancer: { type: 'string' },
        seed: { type: 'string' },
        seeds: { type: 'string' },
        replicas: { type: 'string' },
        requests: { type: 'string' },
        'slo-ms': { type: 'string' },
        'no-noise': { type: 'boolean', default: false },
        live: { type: 'boolean', default: false },
        'speed-up': { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        'write-docs': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function writable(flag: string, file: string | undefined): string | undefined {
  try {
    if (file !== undefined) checkWritable(file);
    return file;
  } catch (error) {
    throw new UsageError(`${flag}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function whole(flag: string, value: string | undefined, fallback: number, least: number): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < least) throw new UsageError(`${flag} must be a whole number from ${least} on, not ${value}`);
  return number;
}
