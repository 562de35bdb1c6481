import type { Agent, AgentSpeed } from '@ollama-coordinator/common';
import { parseFleet } from '@ollama-coordinator/simulator';
import { expect } from 'chai';
import { fleetToJson } from '#coordinator/cli/replay/fleet-to-json.js';

const GB = 1e9;
const agent = (id: string, models: Readonly<Record<string, number>>, over: Partial<Agent> = {}): Agent =>
  ({
    id,
    name: id.toUpperCase(),
    slots: 4,
    labels: { room: 'lab' },
    metrics: { gpus: [{ name: 'x', vram_bytes: 24 * GB }] },
    models: Object.entries(models).map(([name, gb]) => ({ name, digest: '', size_bytes: gb * GB, modified_at: '' })),
    ...over,
  }) as unknown as Agent;
const speed = (agent_id: string, model: string, decode: number): AgentSpeed => ({
  agent_id,
  agent_name: agent_id.toUpperCase(),
  model,
  load_s: 5,
  prefill_tokens_per_s: decode * 30,
  decode_tokens_per_s: decode,
  decode_slowdown: 0.3,
  learned: { load: true, prefill: true, decode: true },
});

describe('fleetToJson', () => {
  const agents = [agent('a', { 'small:1b': 2, 'big:9b': 8 }), agent('b', { 'small:1b': 2 }, { max_runner_bytes: 11 * GB })];
  const speeds = [speed('a', 'small:1b', 100), speed('a', 'big:9b', 25), speed('b', 'small:1b', 50)];
  const fleet = parseFleet(JSON.stringify(fleetToJson(agents, speeds)), 'live.json');

  it('is a fleet that the simulator reads', () => {
    expect(fleet.machines.map(({ name, slots, vram_gb, models }) => ({ name, slots, vram_gb, models }))).to.deep.equal([
      { name: 'A', slots: 4, vram_gb: 24, models: ['small:1b', 'big:9b'] },
      { name: 'B', slots: 4, vram_gb: 11, models: ['small:1b'] },
    ]);
    expect([...fleet.models.values()].map(({ gb }) => gb)).to.deep.equal([2, 8]);
  });

  it('names what each machine was measured at', () => {
    expect(fleet.machines[0]?.measured['big:9b']).to.deep.equal({ load_s: 5, prefill: 750, decode: 25 });
  });

  it('expects of a model that is moved what machines and models have shown', () => {
    const [, slower] = fleet.machines;
    const big = fleet.models.get('big:9b');
    expect((slower?.decode ?? 0) * (big?.speed ?? 0)).to.be.closeTo(12.5, 0.3);
  });

  it('leaves out agents without models', () => {
    expect(fleetToJson([...agents, agent('c', {})], speeds).machines).to.have.lengthOf(2);
  });
});
