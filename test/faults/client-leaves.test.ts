import { percentile } from '../bench/support/statistics.js';
import { eventually } from '../support/eventually.js';
import type { LoggedRequest } from '../support/simulated-ollama/request-log.js';
import type { AskOptions } from './support/client.js';
import { runScenario, type Scenario } from './support/run-scenario.js';
import { scaled } from './support/scale.js';

const TIMES = scaled(40, 1000);
const SLOTS = 4;
const MODELS = [
  { name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10, outputTokens: 100_000 },
  { name: 'thoughtful', kind: 'completion', prefillTokensPerS: 10, decodeTokensPerS: 100, loadMs: 10 },
] as const;

describe('client leaves', function () {
  this.timeout(600_000);
  const common = { fault: 'client leaves (queued, prefill, mid-stream, not streaming)', slots: SLOTS, ollama: { models: MODELS } };

  const running: readonly [string, AskOptions][] = [
    ['in prefill', { model: 'thoughtful' }],
    ['mid-stream', { tokens: 5000 }],
    ['not streaming', { tokens: 5000, stream: false }],
  ];
  for (const [when, options] of running) {
    it(`closes the upstream ${when}`, () =>
      runScenario({
        ...common,
        run: async ({ fleet, client, figure }) => {
          const closedMs: number[] = [];
          while (closedMs.length < TIMES) {
            const round = await Promise.all(
              Array.from({ length: SLOTS }, () => leaveRunning({ fleet, client }, options, when === 'mid-stream')),
            );
            closedMs.push(...round);
          }
          const late = closedMs.filter((ms) => ms > 250).length;
          figure({ name: `upstream closed, ${when}, slowest of ${closedMs.length}`, value: Math.max(...closedMs), limit: 250, unit: 'ms' });
          const note = `p50 ${percentile(closedMs, 0.5).toFixed(0)} ms`;
          figure({ name: `closed later than that, ${when}`, value: late / closedMs.length, limit: 0.01, unit: 'of all', note });
          await expectAllSlots({ fleet, client, figure });
        },
      }));
  }

  it('forgets a request that waits', () =>
    runScenario({
      ...common,
      // One line may take nine tenths of it.
      env: { COORDINATOR_QUEUE_LIMIT: String(2 * TIMES) },
      run: async ({ fleet, client, figure }) => {
        const holding = Array.from({ length: 2 * SLOTS }, () => client.ask({ tokens: 5000 }));
        await Promise.all(holding.map(({ firstByte }) => firstByte));
        const queued = Array.from({ length: TIMES }, () => client.ask({ tokens: 1 }));
        const waiting = async () => ((await (await fetch(`${fleet.url}/api/coordinator/stats`)).json()) as { waiting: number }).waiting;
        await eventually(async () => (await waiting()) === queued.length);
        for (const asked of queued) asked.leave();
        const leftMs = performance.now();
        await eventually(async () => (await waiting()) === 0);
        figure({ name: `all ${queued.length} out of the line`, value: performance.now() - leftMs, limit: 250, unit: 'ms' });
        for (const asked of holding) asked.leave();
        const sent = queued.filter(({ record }) => logOf({ fleet }, record.nonce) !== undefined).length;
        figure({ name: 'queued requests that reached an Ollama', value: sent, limit: 0, unit: `of ${queued.length}` });
        await expectAllSlots({ fleet, client, figure });
      },
    }));
});

/** Leaves when the Ollama works on it; answers how long the Ollama's connection stayed open after that, in milliseconds. */
async function leaveRunning(
  { fleet, client }: Pick<Scenario, 'fleet' | 'client'>,
  options: AskOptions,
  afterFirstByte: boolean,
): Promise<number> {
  const asked = client.ask(options);
  const log = await eventually(() => logOf({ fleet }, asked.record.nonce) ?? false);
  if (afterFirstByte) await asked.firstByte;
  const leftMs = performance.now();
  asked.leave();
  await eventually(() => log.endedAtMs !== undefined, { everyMs: 5 });
  return (log.endedAtMs ?? Number.NaN) - leftMs;
}

function logOf({ fleet }: Pick<Scenario, 'fleet'>, nonce: string): LoggedRequest | undefined {
  const logs = fleet.agents.flatMap(({ ollama }) => ollama?.requests ?? []);
  return logs.findLast(({ body }) => JSON.stringify(body)?.includes(`nonce ${nonce} q`));
}

/** No slot leaked: as many streams as there are slots run side by side. */
async function expectAllSlots({ client, figure }: Pick<Scenario, 'fleet' | 'client' | 'figure'>): Promise<void> {
  const streams = Array.from({ length: 2 * SLOTS }, () => client.ask({ tokens: 300 }));
  const beganMs = performance.now();
  await Promise.all(streams.map(({ firstByte }) => firstByte));
  figure({ name: 'every slot taken again', value: (performance.now() - beganMs) / 1000, limit: 2, unit: 's' });
  for (const stream of streams) stream.leave();
}
