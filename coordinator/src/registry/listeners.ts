import type { Logger } from '@ollama-coordinator/common';

/** Who wants to hear of something. One listener that throws is logged and does not disturb the others. */
export function createListeners<Args extends readonly unknown[]>(name: string, log: Logger) {
  const listeners = new Set<(...args: Args) => void>();
  return {
    /** Returns how to stop. */
    listen(listener: (...args: Args) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell(...args: Args): void {
      for (const listener of listeners) {
        try {
          listener(...args);
        } catch (error) {
          log.error({ err: error, listener: name }, 'a listener failed');
        }
      }
    },
  };
}
