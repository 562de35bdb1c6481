import { AppError, backoffDelayMs, type Clock, describeCause, type Logger, type Random, sleep } from '@ollama-coordinator/common';
import { OllamaProcess } from './ollama-process.js';
import type { SetupPhase } from './setup-state.js';

export interface OllamaKeeperDeps {
  readonly ollamaUrl: string;
  /** Path of the program; finds it, or brings it. Throws sentences. */
  readonly provide: (signal: AbortSignal) => Promise<string>;
  /** Whether an Ollama answers at the address. */
  readonly answers: () => Promise<boolean>;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly onPhase: (phase: SetupPhase, problem?: AppError) => void;
  /** An Ollama that the agent started answers for the first time. */
  readonly onStarted: () => void;
}

const LOOK_EVERY_MS = 1000;
/** A busy Ollama may be late with an answer: only after so many misses another one is started. */
const MISSES = 3;
const START_LIMIT_MS = 30_000;
/** What ran for so long did start well: the next failure is the first again. */
const RAN_WELL_MS = 60_000;
const BACKOFF = { firstMs: 1000, maxMs: 60_000, jitter: 0.2 } as const;

/**
 * Keeps an Ollama running at the address: looks every second, and starts one where none answers. Stops only what it started. One log line
 * per distinct failure, not one per try.
 */
export class OllamaKeeper {
  readonly #deps: OllamaKeeperDeps;
  readonly #stop = new AbortController();
  #process: OllamaProcess | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #lastProblem = '';

  constructor(deps: OllamaKeeperDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#running ??= this.#keep().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#deps.log.error({ err: error }, 'Ollama is no longer looked after');
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the agent stops'));
    await this.#running;
    await this.#process?.stop();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stop;
    const { clock, random, answers, onPhase, log } = this.#deps;
    let misses = MISSES - 1;
    while (!signal.aborted) {
      if (await answers()) {
        misses = 0;
        onPhase('ready');
      } else if (++misses >= MISSES) {
        const startedMs = clock.monotonic();
        const problem = await this.#bringUp();
        if (problem !== undefined) {
          onPhase('failed', problem);
          this.#failures = clock.monotonic() - startedMs > RAN_WELL_MS ? 1 : this.#failures + 1;
          const delayMs = backoffDelayMs(this.#failures, BACKOFF, random);
          if (problem.message !== this.#lastProblem) log.warn({ retry_ms: Math.round(delayMs) }, problem.message);
          this.#lastProblem = problem.message;
          await sleep(clock, delayMs, signal).catch(() => undefined);
          continue;
        }
        misses = 0;
      }
      await sleep(clock, LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  /** Undefined when an Ollama answers. */
  async #bringUp(): Promise<AppError | undefined> {
    const { provide, onPhase } = this.#deps;
    const { signal } = this.#stop;
    try {
      await this.#process?.stop();
      const program = await provide(signal);
      onPhase('starting');
      await this.#startProcess(program);
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      return error instanceof AppError
        ? error
        : new AppError('OLLAMA_NOT_STARTED', {
            details: { file: 'ollama', url: this.#deps.ollamaUrl, cause: describeCause(error) },
            cause: error,
          });
    }
  }

  async #startProcess(program: string): Promise<void> {
    const { ollamaUrl, environment: env, clock, log, answers, onPhase, onStarted } = this.#deps;
    const { signal } = this.#stop;
    let ending: string | undefined;
    const started = new OllamaProcess({ program, ollamaUrl, env, clock, log, onExit: (how) => (ending = how) });
    this.#process = started;
    const untilMs = clock.monotonic() + START_LIMIT_MS;
    while (!(await answers())) {
      if (ending !== undefined) throw started.failed(ending);
      if (clock.monotonic() > untilMs) {
        await started.stop();
        throw started.failed(`nothing for ${START_LIMIT_MS / 1000} s`);
      }
      await sleep(clock, 100, signal);
    }
    this.#failures = 0;
    this.#lastProblem = '';
    onPhase('ready');
    onStarted();
  }
}
