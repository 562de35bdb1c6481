import { type Logger, silentLogger } from '@ollama-coordinator/common';

/** A logger that keeps what it is warned of, and nothing else. */
export function keepWarnings(): { readonly log: Logger; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const log: Logger = Object.assign(Object.create(silentLogger), { warn: (_fields: unknown, text: string) => void warnings.push(text) });
  return { log, warnings };
}
