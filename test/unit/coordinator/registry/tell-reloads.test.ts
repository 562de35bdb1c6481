import { expect } from 'chai';
import { createTellReloads } from '#coordinator/registry/tell-reloads.js';
import { createManualClock } from '../../../support/manual-clock.js';

describe('createTellReloads', () => {
  it('tells once a minute for each agent and model', () => {
    const clock = createManualClock();
    const told: unknown[] = [];
    const tell = createTellReloads({ clock, tell: (event) => told.push(event) });
    const reload = { agentId: '1', agent: 'gpu-1', isAvoided: true, bytes: 40e9, from: 'num_ctx=8192', to: 'defaults' };
    tell('llama3:latest', reload);
    tell('llama3:latest', reload);
    expect(told).to.deep.equal([
      {
        type: 'reload_avoided',
        agent_id: '1',
        agent_name: 'gpu-1',
        model: 'llama3:latest',
        detail: 'gpu-1 would have reloaded 40.0 GB (num_ctx=8192 to defaults)',
      },
    ]);
    tell('qwen3:8b', reload);
    expect(told).to.have.length(2);
    clock.advance(60_000);
    tell('llama3:latest', reload);
    expect(told).to.have.length(3);
  });
});
