import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { startSimulatedOllama } from '../../support/simulated-ollama/index.js';

const FILE = new URL('../../../fixtures/ollama/pull-stream.txt', import.meta.url);

interface PullRecord {
  readonly status: string;
  readonly digest?: string;
  readonly total?: number;
  readonly completed?: number;
}

describe('a pull of the simulated Ollama, held to a recorded one', () => {
  const [head = '', recorded = ''] = readFileSync(FILE, 'utf8').split(/\r?\n\r?\n/);

  it('reports the same steps in the same shape', async () => {
    const digest = '3eb8b3bb8ce4ec483b53c45ae5c71d6bb0b99a0859ef586b33d1aa103dd14bf8';
    const sim = await startSimulatedOllama({ pullable: [{ name: 'wanted', digest, sizeBytes: 115_172_224 }], pullBytesPerS: 400_000_000 });
    const response = await fetch(`${sim.url}/api/pull`, { method: 'POST', body: '{"model":"wanted"}' });
    const body = await response.text();
    const names = sim.models.list().map(({ name }) => name);
    await sim.close();

    expect(head).to.contain(`Content-Type: ${response.headers.get('content-type')}`);
    expect(steps(body)).to.deep.equal(steps(recorded));
    expect(names).to.contain('wanted:latest');
  });
});

/** The records without their counts, each kind once; the counts of a layer must grow. */
function steps(text: string): string[] {
  const records = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as PullRecord);
  const counts = records.flatMap(({ completed }) => completed ?? []);
  expect(counts).to.deep.equal([...counts].sort((a, b) => a - b));
  const kinds = records.map(({ completed, ...rest }) => JSON.stringify({ ...rest, counts: completed !== undefined }));
  return [...new Set(kinds)];
}
