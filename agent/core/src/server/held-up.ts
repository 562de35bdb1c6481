import type { Clock, Timer } from '@ollama-coordinator/common';

export interface HeldUpDeps {
  readonly clock: Clock;
}

const TICK_MS = 500;
/** Later than this after the last tick, the process did not run: it was stopped, or the machine slept or was overloaded. */
const HELD_UP_MS = 1500;
/** Afterwards everything that arrived meanwhile is read, also that its sender has closed the connection since. */
const CATCH_UP_MS = 100;

/**
 * Notices that this process stood still. What it then finds in its sockets may be requests that the coordinator has long
 * given up and sent elsewhere; one turn of the event loop later, their closed connections tell.
 */
export class HeldUp {
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #tickedMs = 0;
  #caughtUpMs = 0;

  constructor({ clock }: HeldUpDeps) {
    this.#clock = clock;
  }

  start(): void {
    this.#tickedMs = this.#clock.monotonic();
    this.#timer = this.#clock.setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Undefined while the process runs as it should; else resolves when what arrived meanwhile has been read. Asked for each request. */
  caughtUp(): Promise<void> | undefined {
    if (this.#timer === undefined) return undefined;
    const nowMs = this.#clock.monotonic();
    // After a standstill sockets are read before timers run.
    if (nowMs - this.#tickedMs > HELD_UP_MS) this.#tick();
    const leftMs = this.#caughtUpMs - nowMs;
    if (leftMs <= 0) return undefined;
    return new Promise((resolve) => void this.#clock.setTimeout(resolve, leftMs));
  }

  #tick(): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#tickedMs > HELD_UP_MS) this.#caughtUpMs = nowMs + CATCH_UP_MS;
    this.#tickedMs = nowMs;
  }
}
