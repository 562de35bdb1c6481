import type { RunnerReport } from '@ollama-coordinator/common';

export interface FreeMemoryDeps {
  /** What is in Ollama's memory. */
  readonly readRunners: () => readonly RunnerReport[];
  /** Whether the agent rests and nothing runs through it. */
  readonly mayUnload: () => boolean;
  /** Must not throw. */
  readonly unloadModel: (model: string) => Promise<unknown>;
}

/**
 * Gives the memory of a machine back to its owner: once per pause, when the last request has ended, every idle model is unloaded. What
 * its owner uses there later stays.
 */
export class FreeMemory {
  readonly #deps: FreeMemoryDeps;
  #isDue = false;

  constructor(deps: FreeMemoryDeps) {
    this.#deps = deps;
  }

  /** A pause began, or ended. */
  paused(isPaused: boolean): void {
    this.#isDue = isPaused;
    this.look();
  }

  /** Something ended, perhaps the last request. */
  look(): void {
    if (!this.#isDue || !this.#deps.mayUnload()) return;
    this.#isDue = false;
    for (const { model, state } of this.#deps.readRunners()) if (state === 'ready') void this.#deps.unloadModel(model);
  }
}
