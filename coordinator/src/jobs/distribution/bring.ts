import { AppError, type TransferRecord, type TransferRequest } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { AgentTransfers } from '../follow-transfer.js';
import type { ProgressBook } from '../progress-book.js';

/** Why one agent did not get the model. */
export class BringFailure extends Error {
  override readonly name = 'BringFailure';
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, retryable: boolean) {
    super(message);
    this.code = code;
    this.retryable = retryable;
  }
}

export interface BringDeps {
  readonly transfers: Pick<AgentTransfers, 'follow'>;
  readonly book: ProgressBook;
  readonly signal: AbortSignal;
}

/**
 * Runs one transfer at an agent and keeps its progress in the book. Resolves with the digest of the model that the agent then has. Throws
 * BringFailure, and the signal's reason.
 */
export async function bring(
  id: AgentId,
  request: TransferRequest,
  { transfers, book, signal }: BringDeps,
  tellsPhases = true,
): Promise<string> {
  const onRecord = (record: TransferRecord) => {
    if (record.type === 'layer') book.layer(id, record);
    if (record.type === 'phase' && tellsPhases) book.update(id, { phase: record.phase });
  };
  try {
    const outcome = await transfers.follow(id, request, { signal, onRecord });
    if (outcome.type === 'done') return outcome.digest;
    throw new BringFailure(outcome.code, outcome.message, outcome.retryable);
  } catch (error) {
    if (error instanceof AppError && !signal.aborted) throw new BringFailure(error.code, error.message, error.retryable);
    throw error;
  }
}
