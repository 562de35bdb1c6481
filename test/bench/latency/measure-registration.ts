import { startAgent } from '../support/start-coordinator.js';

/** Where the agents of this benchmark stand. */
export interface Place {
  readonly folder: string;
  readonly coordinatorUrl: string;
  readonly ollamaUrl: string;
}

/** Milliseconds from the start of an agent's process until the coordinator lists it as online, `times` agents one after the other. */
export async function measureRegistration({ folder, coordinatorUrl, ollamaUrl }: Place, times: number): Promise<readonly number[]> {
  const elapsedMs: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const startedAt = performance.now();
    const agent = await startAgent({ folder, name: `starting-${index}`, coordinatorUrl, ollamaUrl });
    elapsedMs.push(performance.now() - startedAt);
    await agent.stop();
  }
  return elapsedMs;
}
