import type { TransferOutcome, TransferPhase, TransferRecord, TransferRequest } from '@ollama-coordinator/common';
import type { PullProgress } from '../ollama/pull-model.js';

export type TransferListener = (record: TransferRecord) => void;

/** One model on its way to this agent's disk, for one job or several. */
export class Transfer {
  readonly request: TransferRequest;
  readonly jobs = new Set<string>();
  /** Resolves when it has ended, however it did. */
  readonly ended: Promise<TransferOutcome>;
  readonly #aborting = new AbortController();
  readonly #listeners = new Set<TransferListener>();
  readonly #layers = new Map<string, Extract<TransferRecord, { type: 'layer' }>>();
  #phase: TransferPhase | undefined;
  #outcome: TransferOutcome | undefined;
  #settle: (outcome: TransferOutcome) => void = () => undefined;

  constructor(request: TransferRequest) {
    this.request = request;
    this.jobs.add(request.job);
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get signal(): AbortSignal {
    return this.#aborting.signal;
  }

  get outcome(): TransferOutcome | undefined {
    return this.#outcome;
  }

  get followers(): number {
    return this.#listeners.size;
  }

  progress(record: PullProgress): void {
    if (record.type === 'layer') this.#layers.set(record.digest, record);
    else this.#phase = record.phase;
    this.#tell(record);
  }

  end(outcome: TransferOutcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#settle(outcome);
    this.#tell(outcome);
    this.#listeners.clear();
  }

  /** `reason` becomes the failure that its followers are told. */
  abort(reason: Error): void {
    this.#aborting.abort(reason);
  }

  /** Tells what is known so far, then what comes, the outcome last. Returns how to stop. */
  follow(listener: TransferListener): () => void {
    if (this.#phase !== undefined) listener({ type: 'phase', phase: this.#phase });
    for (const layer of this.#layers.values()) listener(layer);
    if (this.#outcome !== undefined) {
      listener(this.#outcome);
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(record: TransferRecord): void {
    for (const listener of this.#listeners) listener(record);
  }
}
