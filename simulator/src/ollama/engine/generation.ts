import type { Model } from '../model.js';
import type { Slot, TakenSlot } from './slots.js';

/** One answer to make. Its callbacks are called from the runner's timer and must not throw. */
export interface Generation {
  readonly prompt: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Factor on its times, near 1; by default drawn by the runner. */
  readonly factor?: number;
  /** Only the first token is told, so that a long answer costs few timers. */
  readonly firstTokenOnly?: boolean;
  /** Called once per token; false holds the generation back until `resume()`. */
  onToken(index: number): boolean;
  onEnd(measured: Measured): void;
  onFailure(message: string): void;
}

export interface Measured {
  readonly promptEvalMs: number;
  readonly evalCount: number;
  readonly evalMs: number;
}

/** A generation on its way. */
export interface Running {
  readonly generation: Generation;
  slot: Slot | undefined;
  phase: 'waiting' | 'prefill' | 'decode' | 'over';
  held: boolean;
  /** A fault stopped it: nothing but `cancel()` ends it. */
  hung: boolean;
  /** Factor on its times, near 1. */
  readonly factor: number;
  cancelled: boolean;
  prefillLeft: number;
  promptEvalMs: number;
  decoded: number;
  emitted: number;
  evalMs: number;
}

/** Progress per millisecond at this moment. */
export interface Rates {
  readonly prefillPerMs: number;
  readonly decodePerMs: number;
}

export function beginGeneration(generation: Generation, factor: number): Running {
  return {
    generation,
    slot: undefined,
    phase: 'waiting',
    held: false,
    hung: false,
    factor,
    cancelled: false,
    prefillLeft: 0,
    promptEvalMs: 0,
    decoded: 0,
    emitted: 0,
    evalMs: 0,
  };
}

/** What it got done in `elapsedMs`: what the prompt leaves of them goes into the answer. */
export function credit(one: Running, elapsedMs: number, { prefillPerMs, decodePerMs }: Rates): void {
  let budgetMs = elapsedMs;
  if (one.phase === 'prefill') {
    const needMs = one.prefillLeft / prefillPerMs;
    const usedMs = Math.min(needMs, budgetMs);
    one.promptEvalMs += usedMs;
    one.prefillLeft = usedMs === needMs ? 0 : one.prefillLeft - usedMs * prefillPerMs;
    if (one.prefillLeft > 0) return;
    budgetMs -= usedMs;
    one.phase = 'decode';
  }
  const perMs = decodePerMs / one.factor;
  const leftTokens = one.generation.outputTokens - one.decoded;
  const usedMs = Math.min(budgetMs, leftTokens / perMs);
  one.evalMs += usedMs;
  one.decoded =
    perMs === Number.POSITIVE_INFINITY || usedMs * perMs >= leftTokens ? one.generation.outputTokens : one.decoded + usedMs * perMs;
}

/** Milliseconds until it has something to tell. */
export function delayMsOf(one: Running, { prefillPerMs, decodePerMs }: Rates): number {
  return one.phase === 'prefill' ? one.prefillLeft / prefillPerMs : ((nextTold(one) - one.decoded) * one.factor) / decodePerMs;
}

/** The count of tokens at which there is something to tell next. */
function nextTold({ emitted, generation }: Running): number {
  const { outputTokens, firstTokenOnly = false } = generation;
  return firstTokenOnly && emitted > 0 ? outputTokens : Math.min(emitted + 1, outputTokens);
}

/** Its prefill begins; what the slot has of its prompt is not worked on again. */
export function takeSlot(one: Running, { slot, commonChars }: TakenSlot, { charsPerToken }: Pick<Model, 'charsPerToken'>): void {
  const { promptTokens } = one.generation;
  const cached = Math.min(promptTokens - 1, Math.floor(commonChars / charsPerToken));
  one.slot = slot;
  one.phase = 'prefill';
  one.prefillLeft = (promptTokens - cached) * one.factor;
}

/** Tells the tokens that are done and were not told yet, as long as they are taken. Returns whether there were any. */
export function tell(one: Running): boolean {
  const { generation } = one;
  const done = Math.floor(one.decoded + 1e-9);
  const hasNews = one.emitted < done;
  while (!one.held && one.phase === 'decode' && !one.cancelled && one.emitted < done) {
    const index = one.emitted;
    if (index > 0 && generation.firstTokenOnly) {
      one.emitted = done;
      break;
    }
    one.emitted += 1;
    if (!generation.onToken(index)) one.held = true;
  }
  return hasNews;
}
