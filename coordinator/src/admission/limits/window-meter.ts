import type { Clock } from '@ollama-coordinator/common';
import { type Bank, BUCKETS, type WindowGrant } from './claims.js';

export interface WindowMeterDeps {
  readonly name: string;
  readonly windowMs: number;
  readonly bank: Pick<Bank, 'claimWindow'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Of a budget a replica claims this part at a time, or what is asked of it, if that is more: few claims, and little that lies idle. */
const CLAIMED_PART = 1 / 100;
/** What was claimed goes back when nothing was taken of it for so long. */
const IDLE_MS = 1000;
/** After a refusal the same answer is given for so long, so that a flood of requests is no flood of claims. */
const REFUSAL_MS = 100;
/** A bucket may last this much longer in Redis than it does here. */
const SLACK_MS = 1000;

/**
 * One budget of a sliding window (requests or tokens) as one replica spends it: from a claimed share in memory, without waiting;
 * a further share is claimed when that is empty. Amounts are reserved by estimate and settled by what was used.
 */
export class WindowMeter {
  limit = 0;
  readonly #deps: WindowMeterDeps;
  /** The last one that a share was claimed of; its share is void once it has passed. */
  #bucket = -1;
  #granted = 0;
  #used = 0;
  #endsMs = Number.NEGATIVE_INFINITY;
  #isLocal = false;
  #reserved = 0;
  #takenMs = 0;
  /** Used while the last bucket had passed. */
  #beside = 0;
  /** Buckets before, whose claim is not what was used of them. */
  readonly #earlier = new Map<number, number>();
  readonly #waiting: { readonly amount: number; readonly resolve: (retryMs: number) => void }[] = [];
  #asking = false;
  #refusedUntilMs = 0;
  #freeAtMs = 0;

  constructor(deps: WindowMeterDeps) {
    this.#deps = deps;
  }

  /** False where a share has to be claimed first, or is being claimed: then `reserve` tells. */
  reserveNow(amount: number): boolean {
    return !this.#asking && !this.#hasPassed && this.#reserveHere(amount);
  }

  /** Resolves with 0 when the amount is reserved, else with the milliseconds until something is free. */
  reserve(amount: number): Promise<number> {
    if (this.reserveNow(amount)) return Promise.resolve(0);
    const nowMs = this.#nowMs;
    if (nowMs < this.#refusedUntilMs) return Promise.resolve(Math.max(1, this.#freeAtMs - nowMs));
    return new Promise((resolve) => {
      this.#waiting.push({ amount, resolve });
      if (!this.#asking) void this.#ask();
    });
  }

  /** The reservation ends; `used` of it counts. */
  settle(reserved: number, used: number): void {
    this.#reserved -= reserved;
    if (this.#hasPassed) this.#beside += used;
    else this.#used += used;
  }

  /** Called a few times a second: tells what was used, and gives back what lies idle. False: it may be forgotten. */
  tick(): boolean {
    const nowMs = this.#nowMs;
    const isOwing = this.#beside > 0 || this.#earlier.size > 0 || this.#used > this.#granted || (this.#hasPassed && this.#differs);
    const isUncovered = this.#hasPassed && this.#reserved > 0;
    const isIdle = this.#granted > this.#used + this.#reserved && nowMs - this.#takenMs > IDLE_MS;
    if ((isOwing || isUncovered || isIdle) && !this.#asking) void this.#ask();
    return isOwing || this.#asking || this.#reserved > 0 || nowMs < this.#endsMs + SLACK_MS;
  }

  get #nowMs(): number {
    return this.#deps.clock.monotonic();
  }

  get #hasPassed(): boolean {
    return this.#nowMs >= this.#endsMs;
  }

  /** What Redis holds of the bucket is not what was used of it. */
  get #differs(): boolean {
    return this.#granted !== this.#used || this.#isLocal;
  }

  #reserveHere(amount: number): boolean {
    if (this.#granted - this.#used - this.#reserved <= 0) return false;
    this.#reserved += amount;
    this.#takenMs = this.#nowMs;
    return true;
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    do {
      // Whoever asks in the same turn is asked for together.
      await undefined;
      const waiting = this.#waiting.splice(0);
      const asked = waiting.reduce((sum, { amount }) => sum + amount, 0);
      await this.#claim(this.#reserved + (asked === 0 ? 0 : Math.max(asked, Math.floor(this.limit * CLAIMED_PART))));
      for (const { amount, resolve } of waiting) resolve(this.#reserveHere(amount) ? 0 : this.#refuse());
    } while (this.#waiting.length > 0);
    this.#asking = false;
  }

  async #claim(want: number): Promise<void> {
    const { name, windowMs, bank } = this.#deps;
    const sentMs = this.#nowMs;
    const beside = this.#beside;
    const earlier = new Map(this.#earlier);
    if (this.#hasPassed && this.#differs) earlier.set(this.#bucket, this.#used);
    const grant = await bank.claimWindow({
      name,
      limit: this.limit,
      windowMs,
      bucket: this.#bucket,
      used: this.#used,
      beside,
      want,
      earlier,
    });
    this.#beside -= beside;
    this.#take(grant, beside);
    if (!grant.isLocal) for (const [bucket, used] of earlier) if (this.#earlier.get(bucket) === used) this.#earlier.delete(bucket);
    this.#endsMs = sentMs + grant.leftMs;
    for (const bucket of this.#earlier.keys()) if (bucket <= grant.bucket - BUCKETS) this.#earlier.delete(bucket);
    if (grant.retryMs > 0) this.#freeAtMs = this.#nowMs + grant.retryMs;
  }

  #take({ bucket, granted, isLocal }: WindowGrant, beside: number): void {
    if (bucket !== this.#bucket) {
      if (this.#bucket >= 0 && this.#differs) this.#earlier.set(this.#bucket, this.#used);
      this.#bucket = bucket;
      this.#used = 0;
      this.#isLocal = isLocal;
    }
    this.#used += beside;
    this.#granted = granted;
    this.#isLocal ||= isLocal;
  }

  #refuse(): number {
    const nowMs = this.#nowMs;
    this.#refusedUntilMs = nowMs + REFUSAL_MS;
    return Math.max(1, this.#freeAtMs - nowMs);
  }
}
