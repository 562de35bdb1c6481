import type { LoadOrder, LoadResult } from '../forward/load-order.js';
import type { Companion } from '../support/companion.js';
import { median } from '../support/statistics.js';

export interface StreamFigures {
  /** First byte through the tunnel less the first byte at the agent's address, medians over the rounds. */
  readonly addedFirstByteMs: Readonly<Record<number, number>>;
  /** At the agent's address. */
  readonly directFirstByteMs: Readonly<Record<number, number>>;
  /** Of those through the tunnel at once. */
  readonly failures: readonly string[];
  readonly failureCount: number;
  readonly streams: number;
}

export const CONNECTIONS = [1, 64] as const;
const STREAM = { records: 25, paceMs: 20 };

/** Streams to either agent in turn, so that what else the machine does meets both. */
export async function measureStreams(
  load: Companion<LoadOrder, LoadResult>,
  url: string,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<StreamFigures> {
  const run = (agent: string, connections: number, lengthS: number) =>
    load.ask({
      urls: [url],
      connections,
      seconds: lengthS,
      spreadMs: connections === 1 ? 0 : STREAM.paceMs,
      // One stream after the other takes short ones: it is the first byte that counts.
      stream: connections === 1 ? { records: 2, paceMs: 1 } : STREAM,
      headers: { 'x-coordinator-pin': agent },
    });
  for (const agent of ['direct', 'tunnel']) for (const connections of CONNECTIONS) await run(agent, connections, 1);
  const added: Record<number, number> = {};
  const direct: Record<number, number> = {};
  const failures: string[] = [];
  let failureCount = 0;
  let streams = 0;
  for (const connections of CONNECTIONS) {
    const differences: number[] = [];
    const straight: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? ['direct', 'tunnel'] : ['tunnel', 'direct'];
      const p50: Record<string, number> = {};
      for (const agent of order) {
        const result = await run(agent, connections, seconds);
        p50[agent] = result.firstByteMs.p50;
        if (agent === 'direct') continue;
        streams += result.requests;
        failureCount += result.failureCount;
        failures.push(...result.failures);
      }
      differences.push((p50.tunnel ?? Number.NaN) - (p50.direct ?? Number.NaN));
      straight.push(p50.direct ?? Number.NaN);
    }
    added[connections] = median(differences);
    direct[connections] = median(straight);
  }
  return { addedFirstByteMs: added, directFirstByteMs: direct, failures: failures.slice(0, 5), failureCount, streams };
}
