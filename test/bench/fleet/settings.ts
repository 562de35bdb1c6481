import { parseArgs } from 'node:util';

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
  readonly jsonFile: string | undefined;
  readonly writeDocs: boolean;
}

export const USAGE = `usage: npm run bench:fleet -- [options]
  --trace FILE      a CSV file, or the name of a shipped trace (all of them); may be repeated
  --fleet FILE      a JSON file, or the name of a shipped fleet (all of them); may be repeated
  --balancer NAME   package, path or short name, or "informed" (all, beside the informed reference)
  --seed N          of noise and chance (1)
  --seeds N         so many seeds from --seed on; ratios are then medians over them (1)
  --replicas R      coordinators that share the requests (1)
  --requests N      only the first N of the trace
  --slo-ms N        a first token within this counts as good (10000)
  --no-noise        machines do exactly what the fleet file says
  --quick           few requests, for CI
  --json OUT        writes every figure there
  --write-docs      writes docs/benchmarks.md`;

/** A flag or value that cannot be used; its message says which. */
export class UsageError extends Error {}

export function readSettings(args: readonly string[], shipped: { traces: readonly string[]; fleets: readonly string[] }): Settings {
  const { values } = parse(args);
  const first = whole('--seed', values.seed, 1, 0);
  const count = whole('--seeds', values.seeds, 1, 1);
  return {
    traces: values.trace ?? (values.quick ? shipped.traces.slice(0, 2) : shipped.traces),
    fleets: values.fleet ?? (values.quick ? shipped.fleets.slice(-1) : shipped.fleets),
    balancer: values.balancer,
    seeds: Array.from({ length: count }, (_, index) => first + index),
    replicas: whole('--replicas', values.replicas, 1, 1),
    requests: whole('--requests', values.requests, values.quick ? 300 : Number.MAX_SAFE_INTEGER, 1),
    sloMs: whole('--slo-ms', values['slo-ms'], 10_000, 1),
    noise: !values['no-noise'],
    jsonFile: values.json,
    writeDocs: values['write-docs'] ?? false,
  };
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
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        'write-docs': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function whole(flag: string, value: string | undefined, fallback: number, least: number): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < least) throw new UsageError(`${flag} must be a whole number from ${least} on, not ${value}`);
  return number;
}
