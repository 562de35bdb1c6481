import { agentOf, countLost } from './support/measure.js';
import { runScenario } from './support/run-scenario.js';
import { scaled } from './support/scale.js';

const FAULT = 'disk full on pull';
const PULLS = scaled(5, 50);
const SPACE = /no space left on device/;

describe(FAULT, function () {
  this.timeout(300_000);

  it('ends the pull in a clear error, and nothing else', () =>
    runScenario({
      fault: FAULT,
      ollama: {
        models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10 }],
        pullable: [{ name: 'wanted', sizeBytes: 1_000_000 }],
        numParallel: 4,
      },
      run: async ({ fleet, client, figure }) => {
        const { ollama } = agentOf(fleet, 'one');
        ollama?.faults.add({ fault: { kind: 'disk-full' }, match: { path: '/api/pull' } });
        const callers = client.keepAsking({ concurrency: 2, stream: false, tokens: 3, pauseMs: 20 });
        const pull = async () => {
          const startedMs = performance.now();
          const answer = await fleet.post('/api/pull', { model: 'wanted' }, { 'x-coordinator-agents': 'one' });
          const last = lastRecord(await answer.text());
          return { ms: performance.now() - startedMs, last };
        };
        const ended: Awaited<ReturnType<typeof pull>>[] = [];
        for (let index = 0; index < PULLS; index += 1) ended.push(await pull());
        ollama?.faults.clear();
        const mended = await pull();
        await callers.stop();
        const unclear = ended.filter(({ last }) => !SPACE.test(last.error ?? ''));
        const says = unclear.length === 0 ? (ended[0]?.last.error ?? '') : JSON.stringify(unclear[0]?.last);
        figure({ name: 'the pull ends, slowest', value: Math.max(...ended.map(({ ms }) => ms)) / 1000, limit: 10, unit: 's' });
        figure({ name: 'pulls without a clear error', value: unclear.length, limit: 0, unit: `of ${PULLS}`, note: says.slice(0, 120) });
        figure({
          name: 'pulls that fail when there is space again',
          value: mended.last.status === 'success' ? 0 : 1,
          limit: 0,
          unit: 'of 1',
        });
        figure({ name: 'requests lost meanwhile', value: countLost(client.records), limit: 0, unit: `of ${client.records.length}` });
      },
    }));
});

function lastRecord(body: string): { readonly status?: string; readonly error?: string } {
  return JSON.parse(body.trim().split('\n').at(-1) ?? '{}') as { status?: string; error?: string };
}
