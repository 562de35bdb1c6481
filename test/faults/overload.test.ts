import { setTimeout as wait } from 'node:timers/promises';
import { percentile } from '../bench/support/statistics.js';
import type { AskedRequest } from './support/asked-request.js';
import type { AskOptions, Client } from './support/client.js';
import { firstByteTimes } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { scaled } from './support/scale.js';

const SLOTS = 4;
const AGENTS = ['one', 'two'];
const TOKENS = 40;
const OVERLOAD_MS = scaled(5000, 60_000);

describe('3× overload, then normal', function () {
  this.timeout(300_000);

  it('keeps its goodput, and is normal again soon', () =>
    runScenario({
      fault: '3× overload for 60 s, then normal',
      agents: AGENTS,
      slots: SLOTS,
      env: { COORDINATOR_QUEUE_LIMIT: '50', COORDINATOR_QUEUE_TIMEOUT_MS: '2000' },
      run: async ({ client, figure }) => {
        const capacity = await measureCapacity(client);
        const half = await offer(client, capacity / 2, scaled(2000, 10_000));
        const normalMs = percentile(firstByteTimes(await ended(half)), 0.5);

        const offered = offer(client, 3 * capacity, OVERLOAD_MS);
        const goodput = await countServed(client, OVERLOAD_MS);
        const overload = await offered;
        const overMs = performance.now();
        let againMs = Number.POSITIVE_INFINITY;
        while (performance.now() - overMs < 60_000) {
          const probe = firstByteTimes(await ended(await offer(client, capacity / 2, 500)));
          if (percentile(probe, 0.5) <= 1.5 * normalMs + 20) {
            againMs = performance.now() - overMs;
            break;
          }
        }
        const all = await ended(overload);
        const shed = all.filter(({ status, retryAfterS }) => (status === 503 || status === 429) && (retryAfterS ?? 0) >= 1).length;
        const failed = all.filter(({ outcome }) => outcome !== 'complete').length - shed;
        const note = `${goodput.toFixed(1)} of ${capacity.toFixed(1)} a second; ${shed} of ${all.length} turned away with Retry-After`;
        figure({ name: 'goodput lost at 3×', value: Math.max(0, 100 * (1 - goodput / capacity)), limit: 10, unit: '% of capacity', note });
        figure({ name: 'failures that are no refusal at 3×', value: failed, limit: 0, unit: `of ${all.length}` });
        figure({ name: 'normal again', value: againMs / 1000, limit: 30, unit: 's' });
      },
    }));

  it('turns batch work away, and lets people in', () =>
    runScenario({
      fault: '3× overload for 60 s, then normal',
      agents: AGENTS,
      slots: SLOTS,
      env: { COORDINATOR_QUEUE_LIMIT: '50', COORDINATOR_QUEUE_TIMEOUT_MS: '4000' },
      run: async ({ client, figure }) => {
        const capacity = await measureCapacity(client);
        const headers = { 'x-coordinator-priority': 'batch' };
        const durationMs = OVERLOAD_MS / 2;
        const [people, batch] = await Promise.all(
          [offer(client, capacity / 2, durationMs), offer(client, 2.5 * capacity, durationMs, { headers })].map(async (offered) =>
            ended(await offered),
          ),
        );
        const lost = (asked: readonly AskedRequest[] = []) => asked.filter(({ outcome }) => outcome !== 'complete').length;
        const note = `${lost(batch)} of ${batch?.length} batch requests were`;
        const share = (100 * lost(people)) / Math.max(1, people?.length ?? 0);
        figure({ name: 'people turned away at 3×, most of it batch work', value: share, limit: 1, unit: '% of theirs', note });
      },
    }));
});

/** Requests a second that the fleet answers where each slot is always taken. */
async function measureCapacity(client: Client): Promise<number> {
  const callers = client.keepAsking({ concurrency: AGENTS.length * SLOTS, tokens: TOKENS });
  await wait(1000);
  const capacity = await countServed(client, scaled(3000, 10_000));
  await callers.stop();
  return capacity;
}

/** Requests answered whole in the coming time, a second. */
async function countServed(client: Client, durationMs: number): Promise<number> {
  const served = () => client.records.filter(({ outcome }) => outcome === 'complete').length;
  const before = served();
  const startedMs = performance.now();
  await wait(durationMs);
  return ((served() - before) * 1000) / (performance.now() - startedMs);
}

/** Asks at a fixed rate, whatever becomes of the requests before. */
async function offer(
  client: Client,
  perSecond: number,
  durationMs: number,
  options: AskOptions = {},
): Promise<readonly ReturnType<Client['ask']>[]> {
  const asked: ReturnType<Client['ask']>[] = [];
  const startedMs = performance.now();
  while (performance.now() - startedMs < durationMs) {
    const due = Math.ceil(((performance.now() - startedMs) / 1000) * perSecond);
    while (asked.length < due) asked.push(client.ask({ ...options, tokens: TOKENS }));
    await wait(5);
  }
  return asked;
}

function ended(asked: readonly ReturnType<Client['ask']>[]): Promise<readonly AskedRequest[]> {
  return Promise.all(asked.map((each) => each.ended));
}
