import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { REPOSITORY } from '../../support/repository.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const FILES = ['grafana-dashboard.json', 'alerts.yaml'];
const OLLAMA = {
  models: ['one', 'two'].map((name) => ({ name, kind: 'completion', loadMs: 150, decodeTokensPerS: 1000 }) as const),
  maxLoadedModels: 1,
};

describe('GET /metrics', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({ agents: [{ name: 'attic', ollama: OLLAMA }] });
  });
  after(() => fleet.close());

  const metrics = async () => (await fetch(`${fleet.url}/metrics`)).text();

  it('counts what a model that gives way is, on which agent, and what each agent can take', async () => {
    // What a heartbeat never saw in memory did not give way.
    for (const model of ['one', 'two']) {
      await (await fleet.post('/api/generate', { model, prompt: 'x', stream: false })).text();
      const answeredAtMs = Date.now();
      await eventually(async () => {
        const [agent] = await fleet.listAgents();
        expect(agent?.runners.map((runner) => runner.model)).to.deep.equal([`${model}:latest`]);
        expect(Date.parse(agent?.last_seen_at ?? '')).to.be.above(answeredAtMs);
      });
    }
    await eventually(async () => {
      expect(await metrics()).to.match(/ollama_coordinator_model_evictions_total\{agent="attic",model="one(:latest)?"\} [1-9]/);
    });
    expect(await metrics()).to.match(/ollama_coordinator_agent_slots\{agent="attic"\} \d/);
    expect(await metrics()).to.match(/ollama_coordinator_agent_in_flight_requests\{agent="attic"\} 0/);
    expect(await metrics()).to.match(/ollama_coordinator_history_dropped_records 0/);
  });

  for (const file of FILES) {
    it(`has every figure that the chart's ${file} asks for`, async () => {
      const text = readFileSync(join(REPOSITORY, 'helm/ollama-coordinator/files', file), 'utf8');
      const asked = new Set([...text.matchAll(/ollama_coordinator_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, '')));
      const shown = new Set([...(await metrics()).matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
      expect(asked.size).to.be.above(3);
      expect([...asked].filter((name) => !shown.has(name))).to.deep.equal([]);
    });
  }
});
