import { createHash } from 'node:crypto';
import { AppError, type Clock, type ModelReport, type Timer } from '@ollama-coordinator/common';
import type { RunningModel } from '../gate/observe.js';
import type { OllamaClient } from './ollama-client.js';

/** What is known of Ollama. While it is down the model list is the last one seen. */
export interface OllamaView {
  readonly up: boolean;
  /** Why it is down, as a sentence. */
  readonly reason: string | undefined;
  readonly version: string;
  readonly models: readonly ModelReport[];
  /** Changes when the list of models changes. */
  readonly modelsDigest: string;
}

export interface OllamaMonitorDeps {
  readonly client: Pick<OllamaClient, 'version' | 'models' | 'running'>;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Whether Ollama sent anything to a forwarded request since this was asked last. */
  readonly hasProgressed: () => boolean;
  /** Called when the view differs from the one before. */
  readonly onChange: (view: OllamaView, before: OllamaView) => void;
  /** Called after each successful look; `askedMs` is the monotonic time at which it began. */
  readonly onRunning: (running: readonly RunningModel[], askedMs: number) => void;
}

const UNSEEN: OllamaView = { up: false, reason: undefined, version: '', models: [], modelsDigest: digestOf([]) };
/** A look that was asked for at once follows the last one by at least this. */
const MIN_GAP_MS = 100;

/**
 * Looks at Ollama every interval, and soon after look() was called: version, models on disk, models in memory. One that
 * answers its version but not the rest counts as down.
 */
export class OllamaMonitor {
  readonly #deps: OllamaMonitorDeps;
  #view = UNSEEN;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #lastAskedMs = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(deps: OllamaMonitorDeps) {
    this.#deps = deps;
  }

  get view(): OllamaView {
    return this.#view;
  }

  /** Resolves after the first look, whatever it found. */
  start(): Promise<void> {
    return this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Something happened that Ollama's answers will show. */
  look(): void {
    if (this.#stopped) return;
    if (this.#looking) this.#lookAgain = true;
    else this.#schedule(Math.max(0, this.#lastAskedMs + MIN_GAP_MS - this.#deps.clock.monotonic()));
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#deps.clock.setTimeout(() => void this.#look(), delayMs);
  }

  async #look(): Promise<void> {
    this.#looking ??= this.#probe();
    await this.#looking;
    this.#looking = undefined;
    if (this.#stopped) return;
    this.#schedule(this.#lookAgain ? MIN_GAP_MS : this.#deps.intervalMs);
    this.#lookAgain = false;
  }

  async #probe(): Promise<void> {
    const { client, clock, onRunning, hasProgressed } = this.#deps;
    hasProgressed();
    const askedMs = clock.monotonic();
    this.#lastAskedMs = askedMs;
    try {
      const [version, models, running] = await Promise.all([client.version(), client.models(), client.running()]);
      if (this.#stopped) return;
      this.#take({ up: true, reason: undefined, version, models, modelsDigest: digestOf(models) });
      onRunning(running, askedMs);
    } catch (error) {
      // An Ollama that is slow to answer the agent, yet goes on answering requests, is busy and not down.
      if (this.#stopped || (isTimeout(error) && this.#view.up && hasProgressed())) return;
      const reason = error instanceof AppError ? error.message : String(error);
      this.#take({ ...this.#view, up: false, reason });
    }
  }

  #take(view: OllamaView): void {
    const before = this.#view;
    this.#view = view;
    const same = view.up === before.up && view.reason === before.reason && view.version === before.version;
    if (!same || view.modelsDigest !== before.modelsDigest) this.#deps.onChange(view, before);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof AppError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT';
}

function digestOf(models: readonly ModelReport[]): string {
  const hash = createHash('sha256');
  for (const { name, digest, size_bytes, modified_at } of models) hash.update(JSON.stringify([name, digest, size_bytes, modified_at]));
  return hash.digest('hex').slice(0, 32);
}
