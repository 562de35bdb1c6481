import { once } from 'node:events';
import { askChat } from './ask.js';
import type { Place } from './place.js';

/** Milliseconds from a client's leaving in the middle of a stream until Ollama's connection is closed, one for each of `times`. */
export async function measureCancel({ coordinator, ollama }: Place, times: number): Promise<readonly number[]> {
  const elapsedMs: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const closed = ollama.nextChatClosed();
    const response = await askChat(coordinator.url, 'tunnel', { records: 100_000, paceMs: 10 });
    await once(response, 'data');
    const leftAt = performance.now();
    response.destroy();
    elapsedMs.push((await closed) - leftAt);
  }
  return elapsedMs;
}
