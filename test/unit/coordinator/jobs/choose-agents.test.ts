import { AppError, type HealthMetrics } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { type Choice, chooseAgents } from '#coordinator/jobs/choose-agents.js';
import type { AgentRecord } from '#coordinator/registry/fleet-snapshot.js';
import { anAgent, createScriptedFleet } from '../../../support/scripted-fleet.js';

const GB = 1_000_000_000;
const model = { name: 'big:latest', digest: 'd1', size_bytes: 20 * GB, modified_at: '' };
const holds = { models: new Map([['big:latest', model]]) };
const machine = (vramFree: number, diskFree: number): { metrics: HealthMetrics } => ({
  metrics: { disk_free_bytes: diskFree, gpus: [{ name: '', vram_bytes: vramFree, vram_used_bytes: 0 }] },
});

function choose(agents: readonly AgentRecord[], over: Partial<Choice> = {}): string[] {
  const { snapshot } = createScriptedFleet(...agents);
  const choice = { model: 'big', snapshot: snapshot(), selector: undefined, defaultCount: 1, onlyHolders: false, ...over };
  return chooseAgents(choice).map(({ id }) => id);
}

describe('chooseAgents', () => {
  const small = anAgent({ id: 'small', ...machine(8 * GB, 500 * GB) });
  const large = anAgent({ id: 'large', ...machine(48 * GB, 100 * GB), labels: { gpu: 'a6000' } });
  const full = anAgent({ id: 'full', ...machine(80 * GB, 5 * GB) });
  const holder = anAgent({ id: 'holder', ...holds, ...machine(4 * GB, 1 * GB) });
  const away = anAgent({ id: 'away', ...holds, status: 'offline' });
  const everyone = [small, large, full, holder, away];

  it('takes those that have the model, where nothing is said', () => {
    expect(choose(everyone)).to.deep.equal(['holder']);
    expect(choose(everyone, { defaultCount: 2 })).to.deep.equal(['holder', 'large']);
  });

  it('takes the one whose memory takes it, where none has it', () => {
    expect(choose([small, large])).to.deep.equal(['large']);
  });

  it('takes so many: holders, then by memory of the GPU, leaving out full disks', () => {
    expect(choose(everyone, { selector: { kind: 'count', count: 3 } })).to.deep.equal(['holder', 'large', 'small']);
    expect(() => choose(everyone, { selector: { kind: 'count', count: 4 } })).to.throw(
      AppError,
      /only 3 can take "big:latest" now, and 1 lack disk/,
    );
  });

  it('takes all that serve', () => {
    expect(choose(everyone, { selector: { kind: 'all' } })).to.have.members(['small', 'large', 'full', 'holder']);
  });

  it('takes those that are labelled so', () => {
    expect(choose(everyone, { selector: { kind: 'labels', labels: { gpu: 'a6000' } } })).to.deep.equal(['large']);
    expect(() => choose(everyone, { selector: { kind: 'labels', labels: { gpu: 'none' } } })).to.throw(AppError, /labelled gpu=none/);
  });

  for (const [names, code] of [
    [['small', 'full'], undefined],
    [['nobody'], 'UNKNOWN_AGENT'],
    [['away'], 'NO_PLACE'],
  ] as const) {
    it(`takes those that are named ${names}: ${code ?? 'as they are'}`, () => {
      const chosen = () => choose(everyone, { selector: { kind: 'names', names } });
      if (code === undefined) expect(chosen()).to.deep.equal(names);
      else expect(chosen).to.throw(AppError).with.property('code', code);
    });
  }

  it('takes holders only where only they can be meant', () => {
    expect(choose(everyone, { onlyHolders: true })).to.deep.equal(['holder']);
    expect(() => choose([small], { onlyHolders: true })).to.throw(AppError, "model 'big' not found");
    const selector = { kind: 'names', names: ['small'] } as const;
    expect(() => choose(everyone, { onlyHolders: true, selector })).to.throw(AppError, `agent "small" has no model 'big'`);
  });

  it('says that there are no agents, or none online', () => {
    expect(() => choose([]))
      .to.throw(AppError)
      .with.property('code', 'NO_AGENTS');
    expect(() => choose([away])).to.throw(AppError, 'no agent is online');
  });
});
