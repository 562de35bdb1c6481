import { normalizeModelName } from './model-name.js';

/** A model loaded with particular load options, as `llama3:latest` or `llama3:latest;num_ctx=8192`. */
export type RunnerSignature = string;

/** Ollama reloads a loaded model when one of these differs (seen on 0.32.15; server/sched.go calls it needsReload). */
export const LOAD_OPTIONS = ['main_gpu', 'num_batch', 'num_ctx', 'num_gpu', 'num_thread', 'use_mmap'] as const;

export type LoadOptions = Partial<Record<(typeof LOAD_OPTIONS)[number], number | boolean>>;

/** The signature of the runner that a request for `model` with `options` needs. Unknown options are ignored. */
export function runnerSignature(model: string, options: Readonly<Record<string, unknown>> = {}): RunnerSignature {
  let signature = normalizeModelName(model);
  for (const name of LOAD_OPTIONS) {
    const value = options[name];
    if (typeof value === 'number' || typeof value === 'boolean') signature += `;${name}=${value}`;
  }
  return signature;
}

/** The load options of a signature. */
export function optionsOfSignature(signature: RunnerSignature): LoadOptions {
  const pairs = signature.split(';').slice(1);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name, value === 'true' || value === 'false' ? value === 'true' : Number(value)];
    }),
  );
}

/** The model of a signature: the part before the first option. */
export function modelOfSignature(signature: RunnerSignature): string {
  const end = signature.indexOf(';');
  return end < 0 ? signature : signature.slice(0, end);
}
