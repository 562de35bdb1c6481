import { setTimeout as wait } from 'node:timers/promises';
import { agentOf, countLost, timeUntil } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { HEARTBEAT_MS, scaled } from './support/scale.js';

/** Longer than the watch's silence, so that suspect and offline can be told apart. */
const TTL_MS = scaled(6000, 15_000);
const FIRST_BYTE_MS = 4000;
const SUSPECT_MS = 4000;

describe('agent frozen', function () {
  this.timeout(180_000);

  it('is suspect, then offline, and comes back by itself', () =>
    runScenario({
      fault: 'agent frozen (accepts TCP, answers nothing)',
      slots: 8,
      env: {
        COORDINATOR_AGENT_TTL_MS: String(TTL_MS),
        COORDINATOR_FIRST_BYTE_TIMEOUT_MS: String(FIRST_BYTE_MS),
        COORDINATOR_LOAD_TIMEOUT_MS: '500',
      },
      run: async ({ fleet, client, figure, agentDies }) => {
        const callers = client.keepAsking({ concurrency: 6, stream: false, tokens: 3, pauseMs: 20 });
        await wait(scaled(4000, 15_000));
        const frozen = agentOf(fleet, 'one').program;
        const statusOf = async () => (await fleet.listAgents()).find(({ name }) => name === 'one')?.status;
        frozen.signal('SIGSTOP');
        const stoppedMs = performance.now();
        const revived = agentDies('one', SUSPECT_MS);
        const suspectMs = await timeUntil(stoppedMs, 5 * SUSPECT_MS, async () => (await statusOf()) !== 'online');
        const offlineMs = await timeUntil(stoppedMs, 5 * TTL_MS, async () => (await statusOf()) === 'offline');
        revived();
        frozen.signal('SIGCONT');
        const continuedMs = performance.now();
        const backMs = await timeUntil(continuedMs, 20_000, async () => (await statusOf()) === 'online');
        await callers.stop();
        const later = client.records.filter(({ sentMs }) => sentMs > stoppedMs + SUSPECT_MS && sentMs < continuedMs);
        const slow = later.filter(({ sentMs, endMs = Number.POSITIVE_INFINITY }) => endMs - sentMs > FIRST_BYTE_MS).length;
        figure({ name: 'suspect', value: suspectMs / 1000, limit: SUSPECT_MS / 1000, unit: 's' });
        figure({ name: 'offline', value: offlineMs / 1000, limit: TTL_MS / 1000 + 1, unit: 's' });
        figure({ name: 'online again', value: backMs / 1000, limit: (2 * HEARTBEAT_MS) / 1000 + 1, unit: 's' });
        figure({ name: 'requests lost', value: countLost(client.records), limit: 0, unit: `of ${client.records.length}` });
        figure({ name: 'requests that waited for it after it was suspect', value: slow, limit: 0, unit: `of ${later.length}` });
      },
    }));
});
