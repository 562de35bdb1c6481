import type { Clock } from '@ollama-coordinator/common';
import { SLOTS_LIFE_MS } from './bank.js';
import type { Bank } from './claims.js';

export interface SlotsMeterDeps {
  readonly name: string;
  readonly bank: Pick<Bank, 'claimSlots'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

const RENEW_MS = SLOTS_LIFE_MS / 3;
/** As of WindowMeter; places come back sooner. */
const REFUSAL_MS = 25;

/** How many requests of one key are in flight at this replica, and how many may be. */
export class SlotsMeter {
  limit = 0;
  readonly #deps: SlotsMeterDeps;
  #inFlight = 0;
  #granted = 0;
  #claimedMs = Number.NEGATIVE_INFINITY;
  readonly #waiting: ((isGranted: boolean) => void)[] = [];
  #asking = false;
  #refusedUntilMs = 0;

  constructor(deps: SlotsMeterDeps) {
    this.#deps = deps;
  }

  /** False where a place has to be claimed first, or is being claimed: then `reserve` tells. */
  reserveNow(): boolean {
    return !this.#asking && this.#reserveHere();
  }

  /** Resolves with whether there was a place. */
  reserve(): Promise<boolean> {
    if (this.reserveNow()) return Promise.resolve(true);
    if (this.#deps.clock.monotonic() < this.#refusedUntilMs) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#asking) void this.#ask();
    });
  }

  /** A place that was left stays this replica's until the next tick: most callers that leave one come back for it. */
  release(): void {
    this.#inFlight -= 1;
  }

  /** As of WindowMeter. */
  tick(): boolean {
    const isOld = this.#inFlight > 0 && this.#deps.clock.monotonic() - this.#claimedMs > RENEW_MS;
    if ((isOld || this.#granted > this.#inFlight) && !this.#asking) void this.#ask();
    return this.#inFlight > 0 || this.#granted > 0 || this.#asking;
  }

  #reserveHere(): boolean {
    if (this.#inFlight >= this.#granted || this.#deps.clock.monotonic() - this.#claimedMs > SLOTS_LIFE_MS) return false;
    this.#inFlight += 1;
    return true;
  }

  async #ask(): Promise<void> {
    const { name, bank, clock } = this.#deps;
    this.#asking = true;
    do {
      await undefined;
      const waiting = this.#waiting.splice(0);
      const sentMs = clock.monotonic();
      const inFlight = this.#inFlight;
      // Nothing is taken of what is being given back.
      this.#granted = Math.min(this.#granted, inFlight + waiting.length);
      this.#granted = await bank.claimSlots({ name, limit: this.limit, want: inFlight + waiting.length, inFlight });
      this.#claimedMs = sentMs;
      for (const resolve of waiting) resolve(this.#reserveHere() || this.#refuse());
    } while (this.#waiting.length > 0);
    this.#asking = false;
  }

  #refuse(): boolean {
    this.#refusedUntilMs = this.#deps.clock.monotonic() + REFUSAL_MS;
    return false;
  }
}
