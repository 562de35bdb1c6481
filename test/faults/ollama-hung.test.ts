import { setTimeout as wait } from 'node:timers/promises';
import type { AskedRequest } from './support/asked-request.js';
import { agentOf, countLost, timeUntil } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { HEARTBEAT_MS, scaled } from './support/scale.js';

const FAULT = 'Ollama hung; OOM on load';
const FIRST_BYTE_MS = 4000;
const BIG_REQUESTS = scaled(10, 50);

describe(FAULT, function () {
  this.timeout(180_000);

  it('is out of rotation soon when it hangs', () =>
    runScenario({
      fault: FAULT,
      slots: 8,
      env: { COORDINATOR_FIRST_BYTE_TIMEOUT_MS: String(FIRST_BYTE_MS), COORDINATOR_LOAD_TIMEOUT_MS: '500' },
      run: async ({ fleet, client, figure }) => {
        const callers = client.keepAsking({ concurrency: 4, stream: false, tokens: 3, pauseMs: 20 });
        await wait(scaled(3000, 10_000));
        const { ollama } = agentOf(fleet, 'one');
        ollama?.freeze();
        const frozenMs = performance.now();
        const outMs = await timeUntil(frozenMs, 30_000, async () =>
          (await fleet.listAgents()).some(({ name, ollama_up: up }) => name === 'one' && up === false),
        );
        const seenMs = performance.now();
        await wait(1500);
        ollama?.thaw();
        await callers.stop();
        const later = client.records.filter(({ sentMs }) => sentMs > seenMs);
        // Who was sent to it waited for its deadline, and got the answer of another.
        const slow = later.filter(({ attempts = 1 }) => attempts > 1).length;
        figure({ name: 'out of rotation', value: outMs / 1000, limit: HEARTBEAT_MS / 1000 + 3, unit: 's' });
        figure({ name: 'requests lost while it hung', value: countLost(client.records), limit: 0, unit: `of ${client.records.length}` });
        figure({ name: 'requests that waited for it afterwards', value: slow, limit: 0, unit: `of ${later.length}` });
      },
    }));

  it('is skipped for the model only that does not fit', () =>
    runScenario({
      fault: FAULT,
      slots: 8,
      ollama: {
        models: [
          { name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10 },
          { name: 'big', kind: 'completion', decodeTokensPerS: 100, loadMs: 10 },
        ],
      },
      run: async ({ fleet, client, figure }) => {
        const { ollama } = agentOf(fleet, 'one');
        ollama?.faults.add({ fault: { kind: 'oom' }, match: { model: 'big' } });
        const callers = client.keepAsking({ model: 'tiny', concurrency: 4, stream: false, tokens: 3, pauseMs: 20 });
        const big: AskedRequest[] = [];
        for (let index = 0; index < BIG_REQUESTS; index += 1) big.push(await client.ask({ model: 'big', stream: false, tokens: 3 }).ended);
        await wait(1000);
        await callers.stop();
        const tries = ollama?.requests.filter(({ model, path }) => model === 'big' && path === '/api/generate').length ?? 0;
        const tiny = client.records.filter((record) => !big.includes(record));
        const elsewhere = tiny.filter(({ agent }) => agent === 'one').length;
        figure({
          name: 'requests lost for want of memory',
          value: countLost(client.records),
          limit: 0,
          unit: `of ${client.records.length}`,
        });
        figure({ name: 'tries of the pair that fails', value: tries, limit: 3, unit: `of ${BIG_REQUESTS}` });
        const missing = elsewhere === 0 ? 1 : 0;
        figure({
          name: 'its other model left out',
          value: missing,
          limit: 0,
          unit: 'models',
          note: `${elsewhere} of ${tiny.length} went there`,
        });
      },
    }));
});
