import type { Clock } from '@ollama-coordinator/common';
import type { CallerId, ModelName } from '@ollama-coordinator/common/balancing';
import { createFairLine, type FairLine } from './fair-line.js';
import type { Charge } from './fair-share.js';
import { createServiceRate, type ServiceRate } from './service-rate.js';
import type { SlotRequest, Waiter } from './slot-request.js';

/** How long a line without a waiting request remembers who was served what. */
export const LINE_MEMORY_MS = 60_000;
/** Weight of the latest answer's length in the moving mean. */
const WEIGHT = 0.1;

/** Tokens of an answer that nobody counted, before any was counted. */
const USUAL_OUTPUT = 200;

/** A line with what was learned of it. */
export interface Line {
  readonly name: string;
  readonly model: ModelName;
  readonly signature: string;
  readonly fair: FairLine;
  readonly rate: ServiceRate;
  /** Expected tokens of an answer; undefined before the first. */
  meanOutput: number | undefined;
  usedMs: number;
}

/** What became of a charged request. */
export interface Served {
  readonly line: Line;
  readonly charge: Charge;
  readonly promptTokens: number;
}

/** Waiting requests, in one line per runner signature and pin. Lines are made by the first request that waits. */
export interface Lines {
  /** The line, where somebody waits in it. */
  waitingIn(name: string): Line | undefined;
  add(waiter: Waiter): Line;
  /** False when it is in no line (any more). */
  remove(waiter: Waiter): boolean;
  /** Charges the caller; undefined where nobody had to wait lately, so that there is nothing to divide. */
  serve(request: SlotRequest, waiter?: Waiter): Served | undefined;
  /** Undefined: what it cost is not known, the expected cost stands. */
  settle(served: Served, tokens: { readonly prompt: number; readonly output: number } | undefined): void;
  /** The request was turned away: it is as if it had not been served. */
  undo(served: Served): void;
  /** Tokens: undefined where nobody counted them. */
  servedElsewhere(model: ModelName, caller: CallerId, tokens: number | undefined): void;
  /** Lines in which somebody waits. */
  list(): readonly Line[];
  /** Whether what is served for the model matters to a line. */
  cares(model: ModelName): boolean;
  count(): number;
}

export function createLines(clock: Clock): Lines {
  const byName = new Map<string, Line>();
  let count = 0;

  function forgetUnused(): void {
    const oldestMs = clock.monotonic() - LINE_MEMORY_MS;
    for (const line of byName.values()) if (line.fair.size === 0 && line.usedMs < oldestMs) byName.delete(line.name);
  }
  function open({ line: name, model, signature }: SlotRequest): Line {
    forgetUnused();
    const known = byName.get(name);
    if (known) return known;
    const line = { name, model, signature, fair: createFairLine(clock), rate: createServiceRate(clock), meanOutput: undefined, usedMs: 0 };
    byName.set(name, line);
    return line;
  }

  return {
    waitingIn: (name) => {
      const line = byName.get(name);
      return line && line.fair.size > 0 ? line : undefined;
    },
    add: (waiter) => {
      const line = open(waiter.request);
      if (line.fair.size === 0) line.rate.began();
      line.fair.add(waiter);
      line.usedMs = clock.monotonic();
      count += 1;
      return line;
    },
    remove: (waiter) => {
      const removed = byName.get(waiter.request.line)?.fair.remove(waiter) ?? false;
      if (removed) count -= 1;
      return removed;
    },
    serve: (request, waiter) => {
      const line = byName.get(request.line);
      if (!line) return undefined;
      line.usedMs = clock.monotonic();
      const before = line.fair.size;
      const charge = line.fair.serve(request, waiter, chargedCost(line, request));
      count -= before - line.fair.size;
      if (waiter) line.rate.served();
      return { line, charge, promptTokens: request.promptTokens };
    },
    settle: ({ line, charge }, tokens) => {
      if (!tokens) return;
      line.fair.settle(charge, tokens.prompt + tokens.output);
      if (tokens.output > 0) line.meanOutput = (line.meanOutput ?? tokens.output) * (1 - WEIGHT) + tokens.output * WEIGHT;
    },
    undo: ({ line, charge }) => line.fair.undo(charge),
    servedElsewhere: (model, caller, tokens) => {
      for (const { model: own, fair, meanOutput = USUAL_OUTPUT } of byName.values()) {
        if (own === model) fair.servedElsewhere(caller, tokens ?? meanOutput);
      }
    },
    list: () => [...byName.values()].filter(({ fair }) => fair.size > 0),
    cares: (model) => [...byName.values()].some((line) => line.model === model),
    count: () => count,
  };
}

/** At least one token: what costs nothing would pass everybody for ever. */
export function expectedCost(line: Pick<Line, 'meanOutput'>, request: SlotRequest): number {
  return Math.max(1, request.promptTokens + (line.meanOutput ?? request.outputTokens));
}

/**
 * What a request is charged until it has ended. Before the first answer of a line was counted that is its prompt alone: too high a guess
 * would move virtual time on for good, and those whose charge is put right would be owed several answers that nobody took from them.
 */
function chargedCost(line: Pick<Line, 'meanOutput'>, request: SlotRequest): number {
  return line.meanOutput === undefined ? Math.max(1, request.promptTokens) : expectedCost(line, request);
}
