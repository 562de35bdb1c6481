import {
  AppError,
  backoffDelayMs,
  type Clock,
  type Logger,
  type Random,
  type RegisterRequest,
  type RegisterResponse,
  type Timer,
} from '@ollama-coordinator/common';
import type { CoordinatorClient } from './coordinator-client.js';

const BACKOFF = { firstMs: 250, maxMs: 10_000, jitter: 0.3 };

export interface RegistrarDeps {
  readonly client: Pick<CoordinatorClient, 'register'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Asked anew for each try. */
  readonly composeRequest: () => Promise<RegisterRequest>;
  /** The credential that was kept from the last registration. */
  readonly readCredential: () => Promise<string | undefined>;
  /** Takes the answer over; throws to refuse it, which counts as a failed try. */
  readonly accept: (response: RegisterResponse) => Promise<void>;
  /** A newer start of this agent has registered: there is nothing left to try. */
  readonly onSuperseded: (error: AppError) => void;
}

/** Registers, and goes on trying until it is done. One log line per distinct failure, not one per try. */
export class Registrar {
  readonly #deps: RegistrarDeps;
  #timer: Timer | undefined;
  #attempt = 0;
  #failure: AppError | undefined;
  #trying = false;
  #stopped = false;

  constructor(deps: RegistrarDeps) {
    this.#deps = deps;
  }

  /** Why the last try failed; undefined after one that did not. */
  get failure(): AppError | undefined {
    return this.#failure;
  }

  /** Begins to try, unless it is trying already. */
  start(): void {
    if (this.#trying || this.#stopped) return;
    this.#trying = true;
    this.#attempt = 0;
    void this.#try();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #try(): Promise<void> {
    const { client, composeRequest, readCredential, accept } = this.#deps;
    try {
      const response = await client.register(await composeRequest(), await readCredential());
      if (this.#stopped) return;
      await accept(response);
      this.#trying = false;
      this.#failure = undefined;
    } catch (error) {
      if (!this.#stopped) this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const { clock, random, log, onSuperseded } = this.#deps;
    const failure = error instanceof AppError ? error : new AppError('INTERNAL', { details: { request_id: 'register' }, cause: error });
    if (failure.code === 'OLD_INCARNATION') {
      this.#stopped = true;
      onSuperseded(failure);
      return;
    }
    if (failure.message !== this.#failure?.message) log.warn({ code: failure.code }, `not registered: ${failure.message}`);
    this.#failure = failure;
    this.#attempt += 1;
    this.#timer = clock.setTimeout(() => void this.#try(), backoffDelayMs(this.#attempt, BACKOFF, random));
  }
}
