import { setTimeout as wait } from 'node:timers/promises';
import { agentOf, countLost } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { scaled } from './support/scale.js';

const FAULT = 'flapping agent; 90 % of the fleet gone';
const FLAPS = scaled(3, 20);
const QUEUE_LIMIT = 8;

describe(FAULT, function () {
  this.timeout(300_000);

  it('hardly fails a request over an agent that comes and goes', () =>
    runScenario({
      fault: FAULT,
      agents: ['one', 'two', 'three'],
      slots: 8,
      run: async ({ fleet, client, figure }) => {
        const callers = client.keepAsking({ concurrency: 8, stream: false, tokens: 3, pauseMs: 10 });
        for (let flap = 0; flap < FLAPS; flap += 1) {
          await wait(700);
          await agentOf(fleet, 'one').program.stop(0);
          await wait(300);
          await fleet.restartAgent('one');
        }
        await callers.stop();
        const total = client.records.length;
        figure({
          name: 'failures, one of three flapping',
          value: (100 * countLost(client.records)) / total,
          limit: 1,
          unit: `% of ${total}`,
        });
      },
    }));

  it('serves on with the last tenth, and turns away what it cannot take', () =>
    runScenario({
      fault: FAULT,
      agents: Array.from({ length: 10 }, (_, index) => `agent-${index}`),
      slots: 2,
      env: { COORDINATOR_QUEUE_LIMIT: String(QUEUE_LIMIT) },
      run: async ({ fleet, client, figure }) => {
        const callers = client.keepAsking({ concurrency: 20, stream: false, tokens: 10 });
        await wait(1500);
        for (const { program } of fleet.agents.slice(1)) program.signal('SIGKILL');
        const struckMs = performance.now();
        await wait(scaled(4000, 30_000));
        await callers.stop();
        const after = client.records.filter(({ sentMs }) => sentMs > struckMs);
        const failed = after.filter(({ outcome }) => outcome !== 'complete');
        const shed = failed.filter(({ status, retryAfterS = 0 }) => status === 503 && retryAfterS >= 1);
        const waits = after.filter(({ outcome }) => outcome === 'complete').map(({ sentMs, endMs = Number.NaN }) => endMs - sentMs);
        const others = failed.filter((record) => !shed.includes(record));
        const reasons = [...new Set(others.map(({ status, detail }) => `; ${status ?? 'no status'} ${detail.slice(0, 120)}`))]
          .slice(0, 3)
          .join('');
        const note = `${shed.length} turned away with Retry-After, ${after.length - failed.length} served${reasons}`;
        const failures = (100 * others.length) / Math.max(1, after.length);
        figure({ name: 'failures with a tenth left', value: failures, limit: 1, unit: `% of ${after.length}`, note });
        // Two slots, a tenth of a second each: the longest line is served in half a second.
        figure({ name: 'longest wait with a tenth left', value: Math.max(...waits) / 1000, limit: 2, unit: 's' });
      },
    }));
});
