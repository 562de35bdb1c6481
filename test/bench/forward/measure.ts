import { setTimeout as wait } from 'node:timers/promises';
import type { Companion } from '../support/companion.js';
import { median } from '../support/statistics.js';
import type { LoadOrder, LoadResult } from './load-order.js';
import { holdOrder, isMeasured, orderFor, type Phase, type Settings } from './settings.js';
import type { Part, Target } from './targets.js';

export type LoadProcess = Companion<LoadOrder, LoadResult>;
type PerPart = Readonly<Partial<Record<Part['name'], number>>>;

/** One load on one target. */
export interface Measurement {
  readonly load: LoadResult;
  /** CPU time of each part during the load, its idle share subtracted. */
  readonly cpuMs: PerPart;
}

/** What one target showed. */
export interface TargetFigures {
  /** By phase name, one for each round. */
  readonly phases: Map<string, Measurement[]>;
  /** Share of one core while nothing is asked of it. */
  idleShare: PerPart;
  idleRssBytes: PerPart;
  /** With so many streams open. */
  readonly held: Map<number, Held>;
}

export interface Held {
  readonly load: LoadResult;
  /** The highest value that was seen. */
  readonly rssBytes: PerPart;
}

export type Figures = ReadonlyMap<Target, TargetFigures>;

const SETTLE_MS = 200;
/** Replicas read what the others did under load; so much later they have. */
const COOL_DOWN_MS = 3000;

/** Runs everything and returns what was seen, targets in their order. `say` gets a line per step. */
export async function measureAll(
  targets: readonly Target[],
  load: LoadProcess,
  settings: Settings,
  say: (line: string) => void,
): Promise<Figures> {
  const figures = new Map(targets.map((target) => [target, emptyFigures()]));
  for (const target of targets) await warmUp(target, load, settings);
  await measureIdle(figures, settings.idleSeconds);
  for (let round = 0; round < settings.rounds; round += 1) {
    for (const phase of settings.phases) {
      for (const target of rotate(targets, round).filter(({ name }) => isMeasured(name, phase.name))) {
        say(`round ${round + 1}, ${phase.title}: ${target.name}`);
        await measurePhase(target, figures.get(target) ?? emptyFigures(), load, phase);
      }
    }
  }
  for (const [target, own] of figures) {
    for (const connections of holdsOf(target, settings)) {
      say(`${connections} open streams: ${target.name}`);
      own.held.set(connections, await measureHeld(target, load, connections));
    }
  }
  return figures;
}

function emptyFigures(): TargetFigures {
  return { phases: new Map(), idleShare: {}, idleRssBytes: {}, held: new Map() };
}

function holdsOf({ name }: Target, { hold }: Settings): readonly number[] {
  if (hold === undefined || name === 'replicas' || name === 'pair') return [];
  return name === 'coordinator' ? [hold.each, hold.ours] : [hold.each];
}

/** Each target is first once in a while, so that none always has the caches warm. */
function rotate<T>(items: readonly T[], by: number): readonly T[] {
  const from = by % Math.max(1, items.length);
  return [...items.slice(from), ...items.slice(0, from)];
}

/** Longest that one target is warmed up: on a machine that is busy otherwise nothing is exact anyway. */
const WARM_UP_LOADS = 45;

/**
 * Compilers and connection pools reach their steady state here. Requests, not chunks, have the longest code to be compiled; counted in
 * requests, since each of two replicas has to reach it, and a busy machine takes longer.
 */
async function warmUp({ urls }: Target, load: LoadProcess, { phases, warmUpRequests }: Settings): Promise<void> {
  for (const { order } of phases.filter(({ order: { stream } }) => stream !== undefined))
    await load.ask({ urls, connections: order.connections, seconds: 0.5, spreadMs: 100, stream: { records: 20, paceMs: 10 } });
  let left = warmUpRequests * urls.length;
  for (let loads = 0; left > 0 && loads < WARM_UP_LOADS; loads += 1) {
    const { requests } = await load.ask({ urls, connections: 16 * urls.length, seconds: 1, spreadMs: 0 });
    left -= requests;
  }
}

/** The median second: one in which a collection runs that the loads before left behind would count against every load after it. */
async function measureIdle(figures: Figures, seconds: number): Promise<void> {
  await wait(COOL_DOWN_MS);
  const measured = [...figures].map(async ([target, own]) => {
    const shares: PerPart[] = [];
    while (shares.length < seconds) shares.push(await shareOfOneSecond(target));
    own.idleShare = readAll(target, ({ name }) => median(shares.map((share) => share[name] ?? 0)));
    own.idleRssBytes = readAll(target, (part) => part.rssBytes());
  });
  await Promise.all(measured);
}

async function shareOfOneSecond(target: Target): Promise<PerPart> {
  const before = readAll(target, (part) => part.cpuMs());
  const startedAt = performance.now();
  await wait(1000);
  const elapsedMs = performance.now() - startedAt;
  return readAll(target, (part) => (part.cpuMs() - (before[part.name] ?? 0)) / elapsedMs);
}

async function measurePhase(target: Target, own: TargetFigures, load: LoadProcess, phase: Phase): Promise<void> {
  const before = readAll(target, (part) => part.cpuMs());
  const startedAt = performance.now();
  const result = await load.ask(orderFor(target, phase));
  await wait(SETTLE_MS);
  const elapsedMs = performance.now() - startedAt;
  const cpuMs = readAll(target, (part) => part.cpuMs() - (before[part.name] ?? 0) - elapsedMs * (own.idleShare[part.name] ?? 0));
  own.phases.set(phase.name, [...(own.phases.get(phase.name) ?? []), { load: result, cpuMs }]);
}

/** Resident memory is sampled while the streams are open. */
async function measureHeld(target: Target, load: LoadProcess, connections: number): Promise<Held> {
  await target.makeRoom?.(connections);
  let rssBytes: PerPart = {};
  const timer = setInterval(() => {
    const seen = readAll(target, (part) => part.rssBytes());
    rssBytes = readAll(target, ({ name }) => Math.max(seen[name] ?? 0, rssBytes[name] ?? 0));
  }, 250);
  const result = await load.ask(holdOrder(connections, target.urls));
  clearInterval(timer);
  return { load: result, rssBytes };
}

function readAll(target: Target, read: (part: Part) => number): PerPart {
  return Object.fromEntries(target.parts.map((part) => [part.name, read(part)]));
}
