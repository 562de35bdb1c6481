import { AppError } from '@ollama-coordinator/common';

/** What `read` gives. Throws HISTORY_UNAVAILABLE where Redis cannot be read, and what `read` itself says against the question. */
export async function readHistory<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('HISTORY_UNAVAILABLE', { cause, retryAfterS: 1 });
  }
}
