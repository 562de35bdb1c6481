import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = {
  models: [
    { name: 'tiny', kind: 'completion', decodeTokensPerS: 2000, loadMs: 10 },
    { name: 'other', kind: 'completion', decodeTokensPerS: 2000, loadMs: 10 },
  ],
} as const;

const PROFILE = `
[[balancers]]
name = "label-filter"
[[balancers.options.rules]]
models = ["tiny"]
require = { room = "lab" }

[[balancers]]
name = "pin"
[balancers.options]
elsewhereS = 500
[balancers.options.models]
other = "attic-1"

[[balancers]]
name = "round-robin"
`;

describe('a profile of several balancers in TOML', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'oc-profile-'));
  const file = join(folder, 'coordinator.toml');
  writeFileSync(file, PROFILE);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_CONFIG: file },
      agents: [
        { name: 'lab-1', ollama: OLLAMA, env: { AGENT_LABELS: 'room=lab' } },
        { name: 'lab-2', ollama: OLLAMA, env: { AGENT_LABELS: 'room=lab' } },
        { name: 'attic-1', ollama: OLLAMA, env: { AGENT_LABELS: 'room=attic' } },
      ],
    });
  });
  after(async () => {
    await fleet.close();
    rmSync(folder, { recursive: true });
  });

  const ask = (model: string, headers: Readonly<Record<string, string>> = {}) =>
    fleet.post('/api/generate', { model, prompt: 'x', stream: false, options: { num_predict: 1 } }, headers);

  it('keeps a model to the agents with the label, in turn, and says so', async () => {
    const answers = [];
    for (let index = 0; index < 6; index += 1) answers.push(await ask('tiny'));
    expect(answers.map((answer) => answer.headers.get('x-coordinator-agent')).sort()).to.deep.equal([
      ...Array(3).fill('lab-1'),
      ...Array(3).fill('lab-2'),
    ]);
    for (const answer of answers)
      expect(answer.headers.get('x-coordinator-why')).to.equal('label-filter+pin+round-robin: its turn among 2');
  });
  it('keeps another model on the agent that it is pinned to', async () => {
    for (let index = 0; index < 4; index += 1) {
      const answer = await ask('other');
      expect(answer.headers.get('x-coordinator-agent')).to.equal('attic-1');
      expect(answer.headers.get('x-coordinator-why')).to.equal('label-filter+pin+round-robin: its turn among 1');
    }
  });
  it('refuses a request that insists on an agent which the filter refuses', async () => {
    const answer = await ask('tiny', { 'x-coordinator-pin': 'attic-1' });
    expect(answer.status).to.equal(503);
    expect(await answer.json()).to.deep.equal({ error: 'no agent may serve this request: every candidate was refused by label-filter' });
  });
});
