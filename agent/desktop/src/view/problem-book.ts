import type { NotedProblem } from './desktop-view.js';

const KEPT = 20;

/** The last things that went wrong, each once while it lasts, the latest first. */
export class ProblemBook {
  #noted: readonly NotedProblem[] = [];
  #lasting: readonly string[] = [];

  get noted(): readonly NotedProblem[] {
    return this.#noted;
  }

  /** What is wrong at this moment. */
  look(sentences: readonly string[], nowMs: number): void {
    const fresh = sentences.filter((text) => !this.#lasting.includes(text));
    this.#lasting = sentences;
    if (fresh.length > 0) this.#noted = [...fresh.map((text) => ({ atMs: nowMs, text })), ...this.#noted].slice(0, KEPT);
  }

  forget(): void {
    this.#noted = [];
  }
}
