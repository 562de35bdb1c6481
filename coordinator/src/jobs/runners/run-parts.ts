import { AppError, type JobPart } from '@ollama-coordinator/common';
import type { AgentRecord, FleetView } from '../../registry/fleet-snapshot.js';
import type { ProgressBook } from '../progress-book.js';

/** Agents that are asked at the same time. */
const AT_ONCE = 16;

export interface RunPartsOptions {
  readonly fleet: Pick<FleetView, 'snapshot'>;
  readonly book: ProgressBook;
  readonly signal: AbortSignal;
  /** Which parts. */
  readonly parts: readonly JobPart[];
  /** Does one part. What it throws is why the part failed. */
  readonly run: (agent: AgentRecord, part: JobPart) => Promise<void>;
}

/** Runs parts that need nothing of each other, some at a time, and writes into the book how each ended. Throws only the signal's reason. */
export async function runParts({ fleet, book, signal, parts, run }: RunPartsOptions): Promise<void> {
  const waiting = [...parts];
  async function work(): Promise<void> {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      signal.throwIfAborted();
      const { agent_id: id } = part;
      book.update(id, { state: 'active' });
      try {
        const agent = fleet.snapshot().agents.get(id);
        if (agent === undefined) throw new AppError('UNKNOWN_AGENT', { details: { agent: part.agent } });
        await run(agent, part);
        book.update(id, { state: 'completed' });
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AppError)) throw error;
        book.update(id, { state: 'failed', error: error.message, error_code: error.code, retryable: error.retryable });
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, parts.length) }, work));
}

export function waitingParts(book: ProgressBook): readonly JobPart[] {
  return book.parts.filter(({ state }) => state === 'waiting');
}
