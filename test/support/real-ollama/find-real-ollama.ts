import { findOnPath } from '../find-on-path.js';

export type FoundOllama = { readonly path: string } | { readonly reason: string };

/** The real Ollama of this machine, or a sentence that a suite names its skip with. */
export function findRealOllama(): FoundOllama {
  const path = findOnPath('ollama');
  return path === undefined ? { reason: 'no ollama on PATH: install it, or Go and run test/support/install/install-ollama.sh' } : { path };
}
