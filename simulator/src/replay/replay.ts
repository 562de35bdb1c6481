import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { AppError, coordinatorConfigSchema } from '@ollama-coordinator/common';
import { InputError } from '../input/input-error.js';
import { parseFleet } from '../input/parse-fleet.js';
import { parseTrace } from '../input/parse-trace.js';
import { resolveInput } from '../input/shipped.js';
import { namedBalancer } from '../named-balancer.js';
import { checkWritable } from '../report/check-writable.js';
import { type Summary, summarise } from '../report/summarise.js';
import { summaryColumns, summaryRow } from '../report/summary-table.js';
import { textTable } from '../report/text-table.js';
import { simulate } from '../simulate.js';
import { ChangeError, changeFleet } from './change-fleet.js';

/** Flags of `ollama-coordinator replay run`, as they were written. */
export type ReplayFlags = Readonly<Record<string, string | undefined>>;

/** A flag that is missing or cannot be used; the message says which. */
class FlagError extends Error {}

const DEFAULT_SLO_MS = 10_000;

/**
 * Lets a trace happen on a fleet, once for each balancer, and once more where the fleet is changed; writes one table. Resolves
 * with the exit code: 2 where what was given cannot be used, and the sentence says what.
 */
export async function replay(flags: ReplayFlags, write: (text: string) => void): Promise<number> {
  try {
    return await run(flags, write);
  } catch (error) {
    const isInput = error instanceof InputError || error instanceof ChangeError || error instanceof FlagError;
    if (!isInput && !(error instanceof AppError && error.code === 'BAD_BALANCER')) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

async function run(flags: ReplayFlags, write: (text: string) => void): Promise<number> {
  if (flags.json !== undefined) checkFile(flags.json);
  const trace = read('trace', flags.trace, parseTrace);
  const fleet = read('fleet', flags.fleet, parseFleet);
  const changed = changeFleet(fleet, flags);
  const balancers = flags.balancer?.split(',') ?? [coordinatorConfigSchema.parse({}).balancer];
  const [seed, replicas, sloMs] = [whole(flags, 'seed', 1, 0), whole(flags, 'replicas', 1, 1), whole(flags, 'slo-ms', DEFAULT_SLO_MS, 1)];
  const rows: [string, Summary][] = [];
  for (const [what, machines] of isSame(fleet, changed)
    ? [['', fleet] as const]
    : [['as it is', fleet] as const, ['changed', changed] as const]) {
    for (const name of balancers) {
      const result = await simulate({ trace, fleet: machines, seed, replicas, createBalancer: namedBalancer(name) });
      rows.push([what === '' ? name : `${name}, ${what}`, summarise(result, sloMs)]);
    }
  }
  write(`${trace.requests.length} requests of ${trace.name} on ${fleet.name}, simulated with seed ${seed}\n\n`);
  write(`${textTable(summaryColumns, rows.map(summaryRow))}\n`);
  if (flags.json !== undefined)
    writeFileSync(
      flags.json,
      `${JSON.stringify({ trace: trace.name, fleet: fleet.name, seed, replicas, runs: Object.fromEntries(rows) }, undefined, 2)}\n`,
    );
  return 0;
}

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function read<T>(kind: 'trace' | 'fleet', nameOrPath: string | undefined, parse: (text: string, file: string) => T): T {
  if (nameOrPath === undefined) throw new FlagError(`--${kind} is missing: name a file, or one that comes with the simulator`);
  const path = resolveInput(kind, nameOrPath);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new FlagError(`--${kind}: ${path} cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
  return parse(text, basename(path));
}

function checkFile(json: string): void {
  try {
    checkWritable(json);
  } catch (error) {
    throw new FlagError(`--json: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function whole(flags: ReplayFlags, flag: string, fallback: number, least: number): number {
  const text = flags[flag];
  const value = text === undefined ? fallback : Number(text);
  if (!Number.isInteger(value) || value < least) throw new FlagError(`--${flag} must be a whole number from ${least} on, not ${text}`);
  return value;
}
