import { AppError, type Clock, type KeyLimits } from '@ollama-coordinator/common';
import type { RedisKeys } from '@ollama-coordinator/common/redis';
import type { Bank } from './claims.js';
import { SlotsMeter } from './slots-meter.js';
import { WindowMeter } from './window-meter.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** What a request is taken for before any was counted. */
const FIRST_GUESS_TOKENS = 256;
const GUESS_WEIGHT = 0.2;

type LimitName = keyof KeyLimits;
const WORDS: Readonly<Record<LimitName, string>> = {
  requests_per_minute: 'requests per minute',
  tokens_per_minute: 'tokens per minute',
  tokens_per_day: 'tokens per day',
  concurrency: 'requests at the same time',
};

/** The right to one request. */
export interface Permit {
  /** Tokens that an attempt used, prompt and answer. */
  charge(tokens: number): void;
  /** The request has ended; called once. */
  release(): void;
}

export interface KeyMetersDeps {
  readonly keyId: string;
  readonly keys: RedisKeys;
  readonly bank: Bank;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** The budgets of one key at this replica. */
export class KeyMeters {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #slots: SlotsMeter;
  readonly #requests: WindowMeter;
  readonly #minuteTokens: WindowMeter;
  readonly #dayTokens: WindowMeter;
  #limits: KeyLimits = {};
  #tokens: readonly (readonly [LimitName, WindowMeter])[] = [];
  #guessTokens = FIRST_GUESS_TOKENS;
  #meanMs = 1000;

  constructor({ keyId, keys, bank, clock }: KeyMetersDeps) {
    this.#clock = clock;
    this.#slots = new SlotsMeter({ name: keys.limit(keyId, 'slots'), bank, clock });
    const window = (figure: string, windowMs: number) => new WindowMeter({ name: keys.limit(keyId, figure), windowMs, bank, clock });
    this.#requests = window('requests', MINUTE_MS);
    this.#minuteTokens = window('minute-tokens', MINUTE_MS);
    this.#dayTokens = window('day-tokens', DAY_MS);
  }

  /** From here on these bounds hold. */
  setLimits(limits: KeyLimits): void {
    if (limits === this.#limits) return;
    this.#limits = limits;
    this.#slots.limit = limits.concurrency ?? 0;
    this.#requests.limit = limits.requests_per_minute ?? 0;
    this.#minuteTokens.limit = limits.tokens_per_minute ?? 0;
    this.#dayTokens.limit = limits.tokens_per_day ?? 0;
    this.#tokens = (
      [
        ['tokens_per_minute', this.#minuteTokens],
        ['tokens_per_day', this.#dayTokens],
      ] as const
    ).filter(([name]) => limits[name] !== undefined);
  }

  /** Throws RATE_LIMIT_EXCEEDED. Waits for Redis only where a further share of a budget is needed. */
  async admit(): Promise<Permit> {
    const { concurrency, requests_per_minute: requests } = this.#limits;
    const guessTokens = Math.max(1, Math.round(this.#guessTokens));
    const taken: (() => void)[] = [];
    try {
      if (concurrency !== undefined) {
        if (!(this.#slots.reserveNow() || (await this.#slots.reserve()))) throw this.#refusal('concurrency', this.#meanMs / concurrency);
        taken.push(() => this.#slots.release());
      }
      if (requests !== undefined) {
        await this.#reserve('requests_per_minute', this.#requests, 1);
        taken.push(() => this.#requests.settle(1, 0));
      }
      for (const [name, meter] of this.#tokens) {
        await this.#reserve(name, meter, guessTokens);
        taken.push(() => meter.settle(guessTokens, 0));
      }
    } catch (refusal) {
      for (const giveBack of taken.reverse()) giveBack();
      throw refusal;
    }
    if (requests !== undefined) this.#requests.settle(1, 1);
    return this.#permit(guessTokens, concurrency !== undefined, this.#tokens);
  }

  /** As of WindowMeter. */
  tick(): boolean {
    return [this.#slots, this.#requests, this.#minuteTokens, this.#dayTokens].map((meter) => meter.tick()).some(Boolean);
  }

  async #reserve(name: LimitName, meter: WindowMeter, amount: number): Promise<void> {
    if (meter.reserveNow(amount)) return;
    const retryMs = await meter.reserve(amount);
    if (retryMs > 0) throw this.#refusal(name, retryMs);
  }

  #permit(guessTokens: number, hasSlot: boolean, tokens: readonly (readonly [LimitName, WindowMeter])[]): Permit {
    const startedMs = this.#clock.monotonic();
    let used = 0;
    return {
      charge: (count) => {
        used += count;
      },
      release: () => {
        if (hasSlot) this.#slots.release();
        for (const [, meter] of tokens) meter.settle(guessTokens, used);
        if (used > 0) this.#guessTokens += GUESS_WEIGHT * (used - this.#guessTokens);
        this.#meanMs += GUESS_WEIGHT * (this.#clock.monotonic() - startedMs - this.#meanMs);
      },
    };
  }

  #refusal(name: LimitName, retryMs: number): AppError {
    const retryAfterS = Math.max(1, Math.ceil(retryMs / 1000));
    const details = { limit: this.#limits[name], what: WORDS[name], retry_s: retryAfterS };
    return new AppError('RATE_LIMIT_EXCEEDED', { details, retryAfterS });
  }
}
