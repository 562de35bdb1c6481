import type { Clock, Timer } from '@ollama-coordinator/common';
import type { Model } from '../model.js';
import { createSlots, type Slot } from './slots.js';

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

export interface RunningGeneration {
  /** The client left: a waiting one is gone at once, one in prefill frees its slot at the first token. */
  cancel(): void;
  resume(): void;
  /** Stops without an end, holding its slot until `cancel()`. */
  hang(): void;
}

export interface Runner {
  generate(generation: Generation): RunningGeneration;
  /** The process dies: every generation of it fails. */
  die(message: string): void;
  readonly waiting: number;
}

interface Running {
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

export interface RunnerDeps {
  readonly model: Model;
  readonly slots: number;
  readonly clock: Clock;
  /** Factor on the speed of each generation, near 1. */
  readonly speedFactor: () => number;
}

/**
 * The process that holds one loaded model: slots taken first come, first served, each with the prompt it saw last as its
 * prefix cache. Progress is credited by elapsed time, so that a late or coarse timer does not slow the simulated speed.
 */
export function createRunner({ model, slots: slotCount, clock, speedFactor }: RunnerDeps): Runner {
  const slots = createSlots(slotCount);
  const waiting: Running[] = [];
  const active = new Set<Running>();
  let creditedAt = clock.monotonic();
  let timer: Timer | undefined;
  let ticking = false;

  const moving = () => [...active].filter((one) => !one.held);
  const prefillPerMs = (count: number) => model.prefillTokensPerS / 1000 / Math.max(1, count);
  const decodePerMs = (count: number) => model.decodeTokensPerS / 1000 / (1 + model.decodeSlowdown * Math.max(0, count - 1));

  function admit(): void {
    while (waiting.length > 0) {
      const next = waiting[0] as Running;
      const slot = slots.take(next.generation.prompt);
      if (slot === undefined) return;
      waiting.shift();
      const cached = Math.min(next.generation.promptTokens - 1, Math.floor(slot.commonChars / model.charsPerToken));
      next.slot = slot.slot;
      next.phase = 'prefill';
      next.prefillLeft = (next.generation.promptTokens - cached) * next.factor;
      active.add(next);
    }
  }

  function release(one: Running): void {
    if (one.phase === 'over') return;
    one.phase = 'over';
    active.delete(one);
    if (one.slot !== undefined) slots.free(one.slot, one.generation.prompt);
  }

  function credit(one: Running, elapsedMs: number, prefilling: number, decoding: number): void {
    let budgetMs = elapsedMs;
    if (one.phase === 'prefill') {
      const needMs = one.prefillLeft / prefillPerMs(prefilling);
      const usedMs = Math.min(needMs, budgetMs);
      one.promptEvalMs += usedMs;
      one.prefillLeft = usedMs === needMs ? 0 : one.prefillLeft - usedMs * prefillPerMs(prefilling);
      if (one.prefillLeft > 0) return;
      budgetMs -= usedMs;
      one.phase = 'decode';
    }
    const perMs = decodePerMs(decoding) / one.factor;
    const leftTokens = one.generation.outputTokens - one.decoded;
    const usedMs = Math.min(budgetMs, leftTokens / perMs);
    one.evalMs += usedMs;
    one.decoded =
      perMs === Number.POSITIVE_INFINITY || usedMs * perMs >= leftTokens ? one.generation.outputTokens : one.decoded + usedMs * perMs;
  }

  function emit(one: Running): void {
    while (!one.held && one.phase === 'decode' && one.emitted < Math.floor(one.decoded + 1e-9)) {
      if (one.cancelled) {
        release(one);
        return;
      }
      const index = one.emitted;
      one.emitted = index > 0 && one.generation.firstTokenOnly ? Math.floor(one.decoded + 1e-9) : index + 1;
      if (index > 0 && one.generation.firstTokenOnly) continue;
      if (!one.generation.onToken(index)) one.held = true;
    }
    if (one.phase !== 'decode' || one.held || one.emitted < one.generation.outputTokens) return;
    release(one);
    if (!one.cancelled) one.generation.onEnd({ promptEvalMs: one.promptEvalMs, evalCount: one.emitted, evalMs: one.evalMs });
  }

  function tick(): void {
    if (ticking) return;
    ticking = true;
    timer?.cancel();
    timer = undefined;
    const at = clock.monotonic();
    const elapsedMs = at - creditedAt;
    creditedAt = at;
    const credited = moving();
    const prefilling = credited.filter((one) => one.phase === 'prefill').length;
    const decoding = credited.length - prefilling;
    for (const one of credited) credit(one, elapsedMs, prefilling, decoding);
    for (const one of credited) emit(one);
    admit();
    ticking = false;
    schedule();
  }

  function schedule(): void {
    const all = moving();
    if (all.length === 0) return;
    const prefilling = all.filter((one) => one.phase === 'prefill').length;
    const perMs = decodePerMs(all.length - prefilling);
    const delays = all.map((one) =>
      one.phase === 'prefill' ? one.prefillLeft / prefillPerMs(prefilling) : ((nextTold(one) - one.decoded) * one.factor) / perMs,
    );
    const delayMs = Math.min(...delays);
    if (delayMs <= 0) queueMicrotask(tick);
    else timer = clock.setTimeout(tick, Math.ceil(delayMs));
  }

  function generate(generation: Generation): RunningGeneration {
    const one: Running = {
      generation,
      slot: undefined,
      phase: 'waiting',
      held: false,
      hung: false,
      factor: generation.factor ?? speedFactor(),
      cancelled: false,
      prefillLeft: 0,
      promptEvalMs: 0,
      decoded: 0,
      emitted: 0,
      evalMs: 0,
    };
    waiting.push(one);
    tick();
    return {
      cancel: () => {
        one.cancelled = true;
        if (one.phase === 'waiting') {
          waiting.splice(waiting.indexOf(one), 1);
          one.phase = 'over';
        } else if (one.phase === 'decode') {
          release(one);
          tick();
        }
      },
      resume: () => {
        if (!one.held || one.hung || one.phase === 'over') return;
        tick();
        one.held = false;
        tick();
      },
      hang: () => {
        one.held = true;
        one.hung = true;
      },
    };
  }

  return {
    generate,
    die: (message) => {
      timer?.cancel();
      const failed = [...active, ...waiting].filter((one) => !one.cancelled);
      for (const one of active) release(one);
      waiting.length = 0;
      for (const one of failed) one.generation.onFailure(message);
    },
    get waiting() {
      return waiting.length;
    },
  };
}

/** The count of tokens at which the generation has something to tell next. */
function nextTold({ emitted, generation }: Running): number {
  const { outputTokens, firstTokenOnly = false } = generation;
  return firstTokenOnly && emitted > 0 ? outputTokens : Math.min(emitted + 1, outputTokens);
}
