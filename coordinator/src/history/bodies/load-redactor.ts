import { AppError } from '@ollama-coordinator/common';
import { resolvePlugin } from '../../balancing/resolve-plugin.js';
import type { RedactHook } from './redact.js';

/** Loads the module that redacts bodies, found as a balancer is. Throws BAD_REDACTOR where it cannot be used. */
export async function loadRedactor(name: string, from: readonly string[]): Promise<RedactHook> {
  const found = resolvePlugin(name, from);
  if (!('url' in found)) throw badRedactor(name, `it was not found; tried ${found.tried.join(', ')}`);
  let loaded: { readonly redact?: unknown };
  try {
    loaded = (await import(found.url)) as typeof loaded;
  } catch (cause) {
    throw badRedactor(name, 'it failed to load', cause);
  }
  if (typeof loaded.redact !== 'function') throw badRedactor(name, 'it exports no function named redact');
  return loaded.redact as RedactHook;
}

function badRedactor(name: string, reason: string, cause?: unknown): AppError {
  return new AppError('BAD_REDACTOR', { details: { name, reason }, cause });
}
