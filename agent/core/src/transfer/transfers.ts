import {
  AppError,
  type Clock,
  describeCause,
  type Logger,
  normalizeModelName,
  type TransferOutcome,
  type TransferRequest,
} from '@ollama-coordinator/common';
import type { PullProgress } from '../ollama/pull-model.js';
import { Transfer, type TransferListener } from './transfer.js';

/** Carries a transfer out. Resolves with what Ollama lists afterwards. */
export type RunTransfer = (
  request: TransferRequest,
  io: { readonly signal: AbortSignal; readonly onProgress: (progress: PullProgress) => void },
) => Promise<{ readonly digest: string; readonly sizeBytes: number }>;

export interface TransfersDeps {
  readonly run: RunTransfer;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A transfer that no coordinator has asked after for this long is given up: its job may have been cancelled meanwhile. */
const ABANDONED_MS = 10 * 60_000;
/** Outcomes that are remembered, for a coordinator that takes a job over. */
const MOST_REMEMBERED = 256;

/** The transfers of one agent: one at a time per model, shared by the jobs that want the same. */
export class Transfers {
  readonly #deps: TransfersDeps;
  /** Running ones, and those that brought a model, by job and kind. */
  readonly #byJob = new Map<string, Transfer>();
  readonly #running = new Set<Transfer>();

  constructor(deps: TransfersDeps) {
    this.#deps = deps;
  }

  /** Starts a transfer, or joins the one that brings the same. One that failed is started again. */
  join(request: TransferRequest): Transfer {
    const key = keyOf(request.job, request.kind);
    const known = this.#byJob.get(key);
    if (known !== undefined && isSame(known.request, request) && known.outcome?.type !== 'failed') return known;
    const running = [...this.#running].find((one) => isSame(one.request, request) && !one.signal.aborted);
    const transfer = running ?? this.#start(request);
    transfer.jobs.add(request.job);
    this.#byJob.set(key, transfer);
    this.#forgetOldest();
    return transfer;
  }

  /** Follows it for one connection; see Transfer.follow(). One that nobody follows any more is given up after a while. */
  follow(transfer: Transfer, listener: TransferListener): () => void {
    const stop = transfer.follow(listener);
    return () => {
      stop();
      if (transfer.followers > 0 || transfer.outcome !== undefined) return;
      this.#deps.clock.setTimeout(() => {
        if (transfer.followers === 0) transfer.abort(new AppError('JOB_CANCELLED', { details: { by: 'nobody asking for it any more' } }));
      }, ABANDONED_MS);
    };
  }

  /** The job wants its transfers no more. One that no other job wants ends. */
  cancel(job: string): void {
    for (const transfer of this.#running) {
      if (!transfer.jobs.delete(job) || transfer.jobs.size > 0) continue;
      transfer.abort(new AppError('JOB_CANCELLED', { details: { by: 'its coordinator' } }));
    }
  }

  /** Ends all of them; the coordinator finds the agent gone and decides. */
  stop(): void {
    for (const transfer of this.#running) transfer.abort(new AppError('SHUTTING_DOWN'));
  }

  #start(request: TransferRequest): Transfer {
    const transfer = new Transfer(request);
    const before = [...this.#running].filter((one) => isSameModel(one.request, request)).map(({ ended }) => ended);
    this.#running.add(transfer);
    void this.#run(transfer, before).then((outcome) => {
      this.#running.delete(transfer);
      transfer.end(outcome);
    });
    return transfer;
  }

  /** Never rejects. */
  async #run(transfer: Transfer, before: readonly Promise<unknown>[]): Promise<TransferOutcome> {
    const { run, log } = this.#deps;
    const { request, signal } = transfer;
    try {
      await Promise.all(before);
      signal.throwIfAborted();
      log.info({ job: request.job, model: request.model, kind: request.kind }, 'transfer begins');
      const { digest, sizeBytes } = await run(request, { signal, onProgress: (progress) => transfer.progress(progress) });
      log.info({ job: request.job, model: request.model, digest }, 'transfer ended');
      return { type: 'done', digest, size_bytes: sizeBytes };
    } catch (error) {
      const failure = error instanceof AppError ? error : new AppError('PULL_FAILED', { details: { reason: describeCause(error) } });
      log.warn({ job: request.job, model: request.model, code: failure.code }, `transfer failed: ${failure.message}`);
      return { type: 'failed', code: failure.code, message: failure.message.slice(0, 4096), retryable: failure.retryable };
    }
  }

  #forgetOldest(): void {
    for (const [key, { outcome }] of this.#byJob) {
      if (this.#byJob.size <= MOST_REMEMBERED) return;
      if (outcome !== undefined) this.#byJob.delete(key);
    }
  }
}

function keyOf(job: string, kind: TransferRequest['kind']): string {
  return `${job} ${kind}`;
}

function isSameModel(one: TransferRequest, other: TransferRequest): boolean {
  return normalizeModelName(one.model) === normalizeModelName(other.model);
}

function isSame(one: TransferRequest, other: TransferRequest): boolean {
  if (!isSameModel(one, other)) return false;
  if (one.kind === 'pull') return other.kind === 'pull' && one.insecure === other.insecure;
  return other.kind === 'copy' && one.digest === other.digest;
}
