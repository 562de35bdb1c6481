import type { InferenceRoute } from '../http/routes.js';

/** What a call without a prompt is for: Ollama loads the model, or with `keep_alive` 0 unloads it, and answers one object. */
export type LoadCall = 'load' | 'unload';

/** Undefined for a request that asks for an answer. */
export function readLoadCall({ path }: InferenceRoute, fields: Readonly<Record<string, unknown>>): LoadCall | undefined {
  const isEmpty =
    path === '/api/generate'
      ? fields.prompt === undefined || fields.prompt === null || fields.prompt === ''
      : path === '/api/chat' && (!Array.isArray(fields.messages) || fields.messages.length === 0);
  if (!isEmpty) return undefined;
  return isZeroDuration(fields.keep_alive) ? 'unload' : 'load';
}

/** A `keep_alive` of nothing: the number 0, or a duration in Go's spelling that comes to 0, such as `0s`. */
function isZeroDuration(value: unknown): boolean {
  return value === 0 || (typeof value === 'string' && /^[+-]?(0|(0+\.?0*|\.0+)(ns|us|µs|μs|ms|s|m|h))+$/.test(value));
}
