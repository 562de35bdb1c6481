import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@ollama-coordinator/common';
import type { OllamaClient } from './ollama-client.js';

const UNLOAD_TIMEOUT_MS = 5000;
const ASK_EVERY_MS = 25;

export interface UnloadOptions {
  readonly client: Pick<OllamaClient, 'unload' | 'running'>;
  readonly model: string;
  readonly log: Logger;
  readonly timeoutMs?: number;
}

/** Unloads an idle model and waits until Ollama no longer lists it. False when it still does after the time. */
export async function unloadModel({ client, model, log, timeoutMs = UNLOAD_TIMEOUT_MS }: UnloadOptions): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  try {
    await client.unload(model);
    for (;;) {
      const running = await client.running();
      if (!running.some(({ name }) => name === model)) return true;
      if (performance.now() > deadline) return false;
      await delay(ASK_EVERY_MS);
    }
  } catch (error) {
    log.warn({ model, err: error }, 'an idle model could not be unloaded');
    return false;
  }
}
