import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRealOllama } from './find-real-ollama.js';
import type { RealModel } from './model-files.js';
import { fillModelStore } from './model-store.js';
import { type RunningServer, runServer } from './run-server.js';

export { findRealOllama } from './find-real-ollama.js';
export type { RealModel } from './model-files.js';

export interface RealOllamaOptions {
  readonly models?: readonly RealModel[];
  readonly numParallel?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RealOllama extends RunningServer {
  /** Its OLLAMA_MODELS. */
  readonly modelsDir: string;
}

/** Starts the real Ollama with models of its own, in a folder that `close` removes. Fails where `findRealOllama` finds none. */
export async function startRealOllama({ models = ['tiny'], numParallel = 1, env = {} }: RealOllamaOptions = {}): Promise<RealOllama> {
  const found = findRealOllama();
  if ('reason' in found) throw new Error(found.reason);
  const folder = mkdtempSync(join(tmpdir(), 'real-ollama-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const store = join(folder, 'models');
    if (models.length > 0) await fillModelStore(found.path, store, models);
    const server = await runServer({
      ollama: found.path,
      home: folder,
      models: store,
      env: { OLLAMA_NUM_PARALLEL: String(numParallel), ...env },
    });
    return { ...server, modelsDir: store, close: () => server.close().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}
