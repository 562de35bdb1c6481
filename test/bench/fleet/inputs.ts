import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Fleet, InputError, NO_NOISE, parseFleet, parseTrace, resolveInput, type Trace } from '@ollama-coordinator/simulator';
import type { Settings } from './settings.js';

export function readTrace(nameOrPath: string, { requests }: Pick<Settings, 'requests'>): Trace {
  const path = resolveInput('trace', nameOrPath);
  const trace = parseTrace(readText(path), basename(path));
  return { ...trace, requests: trace.requests.slice(0, requests) };
}

export function readFleet(nameOrPath: string, { noise }: Pick<Settings, 'noise'>): Fleet {
  const path = resolveInput('fleet', nameOrPath);
  const fleet = parseFleet(readText(path), basename(path));
  return noise ? fleet : { ...fleet, noise: NO_NOISE, machines: fleet.machines.map((machine) => ({ ...machine, foreign_per_hour: 0 })) };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputError({ file: path, line: 1 }, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
