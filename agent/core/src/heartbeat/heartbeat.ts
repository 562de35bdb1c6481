import {
  AppError,
  type Clock,
  describeCause,
  type HealthCheckRequest,
  type HealthCheckResponse,
  type Logger,
  type Timer,
} from '@ollama-coordinator/common';

/** Delivers one heartbeat. Throws AppErrors; `undefined` means it arrived where nobody answers. */
export type DeliverHeartbeat = (body: HealthCheckRequest, timeoutMs: number) => Promise<HealthCheckResponse | undefined>;

export interface HeartbeatDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** What the agent says of itself at this moment; `sequence` and `models` are filled in here. */
  readonly compose: () => Promise<HealthCheckRequest>;
  readonly readModels: () => { readonly digest: string; readonly models: NonNullable<HealthCheckRequest['models']> };
  readonly deliver: DeliverHeartbeat;
  readonly onAnswer: (answer: HealthCheckResponse) => void;
  /** The coordinator does not know this agent (any more), or not this token. */
  readonly onUnknown: (error: AppError) => void;
  readonly onSuperseded: (error: AppError) => void;
}

/**
 * Sends a heartbeat every interval and at once when beat() says that something changed. Never two at a time: one that
 * takes longer than an interval is given up.
 */
export class Heartbeat {
  readonly #deps: HeartbeatDeps;
  #intervalMs = 5000;
  #timer: Timer | undefined;
  #sending = false;
  #beatAgain = false;
  #sequence = 0;
  #sentDigest: string | undefined;
  #lastFailure = '';
  #running = false;

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
  }

  /** Begins to beat for a fresh registration: the first heartbeat follows at once and carries the models. */
  start(intervalMs: number): void {
    this.#intervalMs = intervalMs;
    this.#running = true;
    this.#sentDigest = undefined;
    this.beat();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
  }

  /** Sends one now, or right after the one under way. */
  beat(): void {
    if (!this.#running) return;
    if (this.#sending) this.#beatAgain = true;
    else void this.#send();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    this.#beatAgain = false;
    this.#timer?.cancel();
    this.#timer = this.#deps.clock.setTimeout(() => this.beat(), this.#intervalMs);
    try {
      await this.#exchange();
      if (this.#lastFailure !== '') this.#deps.log.info('heartbeats arrive again');
      this.#lastFailure = '';
    } catch (error) {
      this.#failed(error);
    }
    this.#sending = false;
    if (this.#beatAgain) this.beat();
  }

  async #exchange(): Promise<void> {
    const { compose, deliver, readModels, onAnswer } = this.#deps;
    const { digest, models } = readModels();
    const withModels = this.#sentDigest === digest ? {} : { models };
    this.#sequence += 1;
    const body = { ...(await compose()), sequence: this.#sequence, models_digest: digest, ...withModels };
    if (!this.#running) return;
    const answer = await deliver(body, this.#intervalMs);
    this.#sentDigest = answer?.send_models ? undefined : digest;
    if (!answer || !this.#running) return;
    if (answer.send_models && !withModels.models) this.#beatAgain = true;
    onAnswer(answer);
  }

  #failed(error: unknown): void {
    if (!this.#running) return;
    const { log, onUnknown, onSuperseded } = this.#deps;
    const code = error instanceof AppError ? error.code : undefined;
    if (error instanceof AppError && code === 'OLD_INCARNATION') onSuperseded(error);
    else if (error instanceof AppError && (code === 'AGENT_NOT_REGISTERED' || code === 'BAD_AGENT_TOKEN')) onUnknown(error);
    else {
      const failure = error instanceof AppError ? error.message : describeCause(error);
      if (failure !== this.#lastFailure) log.warn({ code }, `a heartbeat did not arrive: ${failure}`);
      this.#lastFailure = failure;
    }
  }
}
