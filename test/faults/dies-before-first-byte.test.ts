import { setTimeout as wait } from 'node:timers/promises';
import { percentile } from '../bench/support/statistics.js';
import { agentOf, countLost, firstByteTimes } from './support/measure.js';
import { runScenario, type Scenario } from './support/run-scenario.js';
import { scaled } from './support/scale.js';

const CALM_MS = scaled(1500, 20_000);
const FAULT = 'agent or Ollama dies before the first byte';

describe(FAULT, function () {
  this.timeout(180_000);
  const agents = ['one', 'two', 'three'];

  it('loses nothing when an agent is killed', () =>
    runScenario({
      fault: FAULT,
      agents,
      slots: 8,
      run: (scenario) =>
        strike(scenario, 'agent killed', () => {
          scenario.agentDies('one', 4000);
          agentOf(scenario.fleet, 'one').program.signal('SIGKILL');
        }),
    }));

  it('loses nothing when an Ollama goes down', () =>
    runScenario({
      fault: FAULT,
      agents,
      slots: 8,
      run: (scenario) => strike(scenario, 'Ollama down', () => void agentOf(scenario.fleet, 'one').ollama?.setUp(false)),
    }));

  it('loses nothing when an Ollama resets, fails to load and refuses as busy, five times each', () =>
    runScenario({
      fault: FAULT,
      agents,
      slots: 8,
      run: (scenario) =>
        strike(scenario, 'refused, failed to load, busy', () => {
          for (const kind of ['refuse', 'load-failure', 'busy'] as const)
            agentOf(scenario.fleet, 'one').ollama?.faults.add({ fault: { kind }, times: 5, match: { path: '/api/generate' } });
        }),
    }));
});

/** Callers ask all the time; figures compare the time before with the time after. Whole answers, so that none has begun when it strikes. */
async function strike({ client, figure }: Scenario, how: string, happen: () => void): Promise<void> {
  const callers = client.keepAsking({ concurrency: 8, stream: false, tokens: 3, pauseMs: 10 });
  await wait(CALM_MS);
  const struckMs = performance.now();
  happen();
  await wait(CALM_MS);
  await callers.stop();
  const before = client.records.filter(({ endMs }) => endMs !== undefined && endMs < struckMs);
  const after = client.records.filter((record) => !before.includes(record));
  const addedMs = percentile(firstByteTimes(after), 0.99) - percentile(firstByteTimes(before), 0.99);
  figure({ name: `requests lost, ${how}`, value: countLost(client.records), limit: 0, unit: `of ${client.records.length}` });
  figure({ name: `added p99, ${how}`, value: Math.max(0, addedMs), limit: 200, unit: 'ms' });
}
