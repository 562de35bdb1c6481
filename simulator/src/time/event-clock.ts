import type { Clock, Timer } from '@ollama-coordinator/common';

/** Simulated time: nothing happens between two timers, so that time jumps from one to the next. */
export interface EventClock {
  readonly nowMs: () => number;
  readonly at: (dueMs: number, run: () => void) => Timer;
  /** Time of the next timer. */
  readonly nextMs: () => number | undefined;
  /** Runs the next timer; those due at the same moment run in the order in which they were set. */
  readonly step: () => void;
  /** The clock of one process: its timers die with it. Its wall clock may be wrong. */
  readonly forProcess: (wallOffsetMs?: number) => ProcessClock;
}

export interface ProcessClock extends Clock {
  readonly isDead: () => boolean;
  readonly kill: () => void;
}

interface Due {
  readonly dueMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

const START_WALL_MS = Date.UTC(2026, 0, 1);

export function createEventClock(): EventClock {
  const heap: Due[] = [];
  let nowMs = 0;
  let order = 0;

  function at(dueMs: number, run: () => void): Timer {
    order += 1;
    const due: Due = { dueMs: Math.max(dueMs, nowMs), order, run };
    push(heap, due);
    return {
      cancel: () => {
        due.run = undefined;
      },
    };
  }
  function dropCancelled(): void {
    while (heap[0] !== undefined && heap[0].run === undefined) pop(heap);
  }

  return {
    nowMs: () => nowMs,
    at,
    nextMs: () => {
      dropCancelled();
      return heap[0]?.dueMs;
    },
    step: () => {
      dropCancelled();
      const due = pop(heap);
      if (!due) return;
      nowMs = due.dueMs;
      due.run?.();
    },
    forProcess: (wallOffsetMs = 0) => createProcessClock({ nowMs: () => nowMs, at }, wallOffsetMs),
  };
}

function createProcessClock({ nowMs, at }: Pick<EventClock, 'nowMs' | 'at'>, wallOffsetMs: number): ProcessClock {
  let dead = false;
  const ifAlive = (run: () => void) => () => {
    if (!dead) run();
  };
  return {
    now: () => START_WALL_MS + wallOffsetMs + nowMs(),
    monotonic: nowMs,
    setTimeout: (run, delayMs) => at(nowMs() + Math.max(0, delayMs), ifAlive(run)),
    setInterval: (run, periodMs) => {
      let timer: Timer | undefined;
      const again = (): void => {
        timer = at(
          nowMs() + periodMs,
          ifAlive(() => {
            again();
            run();
          }),
        );
      };
      again();
      return { cancel: () => timer?.cancel() };
    },
    isDead: () => dead,
    kill: () => {
      dead = true;
    },
  };
}

function isBefore(one: Due, other: Due): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}

/** A binary heap: the earliest stands first. */
function push(heap: Due[], due: Due): void {
  let index = heap.length;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, due)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = due;
}

function pop(heap: Due[]): Due | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let index = 0;
  for (let child = 1; child < heap.length; child = 2 * index + 1) {
    const [left, right] = [heap[child], heap[child + 1]];
    const least = right !== undefined && left !== undefined && isBefore(right, left) ? child + 1 : child;
    const below = heap[least];
    if (below === undefined || isBefore(last, below)) break;
    heap[index] = below;
    index = least;
  }
  heap[index] = last;
  return first;
}
