import type { Clock, Timer } from '@ollama-coordinator/common';
import type { Model } from '../model.js';
import { beginGeneration, credit, delayMsOf, type Generation, type Rates, type Running, takeSlot, tell } from './generation.js';
import { createSlots } from './slots.js';

export type { Generation, Measured } from './generation.js';

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

  function admit(): void {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const taken = slots.take(next.generation.prompt);
      if (taken === undefined) return;
      waiting.shift();
      takeSlot(next, taken, model);
      active.add(next);
    }
  }

  function release(one: Running): void {
    if (one.phase === 'over') return;
    one.phase = 'over';
    active.delete(one);
    if (one.slot !== undefined) slots.free(one.slot, one.generation.prompt);
  }

  function emit(one: Running): void {
    const hasNews = tell(one);
    if (one.phase !== 'decode' || one.held) return;
    const isOver = one.emitted >= one.generation.outputTokens;
    if (isOver || (one.cancelled && hasNews)) release(one);
    if (isOver && !one.cancelled) one.generation.onEnd({ promptEvalMs: one.promptEvalMs, evalCount: one.emitted, evalMs: one.evalMs });
  }

  function tick(): void {
    if (ticking) return;
    ticking = true;
    timer?.cancel();
    timer = undefined;
    const at = clock.monotonic();
    const credited = moving();
    const rates = ratesOf(model, credited);
    for (const one of credited) credit(one, at - creditedAt, rates);
    creditedAt = at;
    for (const one of credited) emit(one);
    admit();
    ticking = false;
    schedule();
  }

  function schedule(): void {
    const all = moving();
    if (all.length === 0) return;
    const rates = ratesOf(model, all);
    const delayMs = Math.min(...all.map((one) => delayMsOf(one, rates)));
    if (delayMs <= 0) queueMicrotask(tick);
    else timer = clock.setTimeout(tick, Math.ceil(delayMs));
  }

  return {
    generate(generation) {
      const one = beginGeneration(generation, generation.factor ?? speedFactor());
      waiting.push(one);
      tick();
      return handleOf(one, { tick, release, leave: () => void waiting.splice(waiting.indexOf(one), 1) });
    },
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

/** Prompts share the prefill speed; each further answer slows all of them down. */
function ratesOf(model: Model, moving: readonly Running[]): Rates {
  const prefilling = moving.filter((one) => one.phase === 'prefill').length;
  const decoding = moving.length - prefilling;
  return {
    prefillPerMs: model.prefillTokensPerS / 1000 / Math.max(1, prefilling),
    decodePerMs: model.decodeTokensPerS / 1000 / (1 + model.decodeSlowdown * Math.max(0, decoding - 1)),
  };
}

interface HandleDeps {
  readonly tick: () => void;
  readonly release: (one: Running) => void;
  /** Leaves the line in front of the slots. */
  readonly leave: () => void;
}

function handleOf(one: Running, { tick, release, leave }: HandleDeps): RunningGeneration {
  return {
    cancel: () => {
      one.cancelled = true;
      if (one.phase === 'waiting') {
        leave();
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
