import { agentOf } from './support/measure.js';
import { runScenario, type Scenario } from './support/run-scenario.js';
import { scaled } from './support/scale.js';

const STREAMS = scaled(12, 100);
const FAULT = 'agent dies mid-stream';

describe(FAULT, function () {
  this.timeout(180_000);
  for (const path of ['/api/generate', '/api/chat'] as const) {
    it(`hands the streams of ${path} over, or ends them in an error record`, () =>
      runScenario({
        fault: FAULT,
        slots: 64,
        run: (scenario) =>
          strike(scenario, path, 'agent killed', (agent) => {
            scenario.agentDies(agent, 4000);
            agentOf(scenario.fleet, agent).program.signal('SIGKILL');
          }),
      }));
  }

  it('does so when the Ollama dies', () =>
    runScenario({
      fault: FAULT,
      slots: 64,
      run: (scenario) =>
        strike(scenario, '/api/generate', 'Ollama killed', (agent) => void agentOf(scenario.fleet, agent).ollama?.setUp(false)),
    }));
});

async function strike(
  { client, figure }: Scenario,
  path: '/api/generate' | '/api/chat',
  how: string,
  happen: (agent: string) => void,
): Promise<void> {
  const streams = Array.from({ length: STREAMS }, () => client.ask({ path, tokens: 200 }));
  await Promise.all(streams.map(({ firstByte }) => firstByte));
  const struckMs = performance.now();
  happen('one');
  const ended = await Promise.all(streams.map((stream) => stream.ended));
  const hit = ended.filter(({ agent }) => agent === 'one');
  const silences = hit.map(({ chunkMs, endMs }) => (chunkMs.find((ms) => ms > struckMs + 50) ?? endMs ?? Number.NaN) - struckMs);
  const counts = (outcome: string) => hit.filter((record) => record.outcome === outcome).length;
  const note = `${counts('complete')} handed over, ${counts('error')} ended in an error record`;
  const strange = hit.length - counts('complete') - counts('error');
  figure({ name: `streams with neither, ${path}, ${how}`, value: strange, limit: 0, unit: `of ${hit.length}`, note });
  figure({ name: `longest silence, ${path}, ${how}`, value: Math.max(...silences) / 1000, limit: 1, unit: 's' });
  const spared = ended.filter((record) => !hit.includes(record) && record.outcome !== 'complete').length;
  figure({ name: `streams of the other agent lost, ${path}, ${how}`, value: spared, limit: 0, unit: `of ${ended.length - hit.length}` });
}
