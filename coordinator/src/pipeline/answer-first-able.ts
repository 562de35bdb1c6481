import { AppError, type ErrorCode } from '@ollama-coordinator/common';

/** Failures after which another model may do better: nobody has this one, is there, is free, or could answer. */
const ANOTHER_MAY_ANSWER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'UNKNOWN_MODEL',
  'FORBIDDEN_MODEL',
  'NO_CLOUD',
  'NO_CANDIDATE',
  'ALL_AGENTS_OFFLINE',
  'ROUTE_NEEDS_OLLAMA',
  'QUEUE_FULL',
  'QUEUE_TIMEOUT',
  'AGENT_UNREACHABLE',
  'AGENT_FAILED',
  'FIRST_BYTE_TIMEOUT',
  'OUT_OF_TRIES',
]);

export interface Turn {
  readonly isLast: boolean;
  /** What the model before failed with. */
  readonly after: AppError | undefined;
}

/**
 * Answers with the first of several models that can. `answer` throws while nothing has been sent; what the last one throws is
 * thrown.
 */
export async function answerFirstAble<T>(models: readonly T[], answer: (model: T, turn: Turn) => Promise<void>): Promise<void> {
  let after: AppError | undefined;
  for (const [index, model] of models.entries()) {
    const isLast = index === models.length - 1;
    try {
      return await answer(model, { isLast, after });
    } catch (failure) {
      if (isLast || !(failure instanceof AppError && ANOTHER_MAY_ANSWER.has(failure.code))) throw failure;
      after = failure;
    }
  }
}
