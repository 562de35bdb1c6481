import type { AgentView, Runner } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { hasFreeSlot } from '#common/balancing/has-free-slot.js';
import { agentView } from '../../../support/agent-view.js';

const MODEL = 'llama3:latest';
const BIG = `${MODEL};num_ctx=8192`;

function runner(signature: string, inFlight: number, over: Partial<Runner> = {}): Runner {
  return { signature, slots: 2, inFlight, state: 'ready', vramBytes: 0, warm: new Set(), ...over };
}
const agent = (runners: readonly Runner[], maxRunners?: number): AgentView => agentView('a', { runners, maxRunners });

const cases: Record<string, [AgentView, string, boolean]> = {
  'nothing is loaded': [agent([]), MODEL, true],
  'its runner has a slot left': [agent([runner(MODEL, 1)]), MODEL, true],
  'its runner is full': [agent([runner(MODEL, 2)]), MODEL, false],
  'its runner is full though another is idle': [agent([runner('other:latest', 0), runner(MODEL, 2)]), MODEL, false],
  'its runner is loading and has a slot left': [agent([runner(MODEL, 1, { state: 'loading' })]), MODEL, true],
  'its runner is being unloaded': [agent([runner(MODEL, 0, { state: 'unloading' })]), MODEL, false],
  'another runner may be loaded': [agent([runner('other:latest', 2)], 2), MODEL, true],
  'how many may be loaded is unknown': [agent([runner('other:latest', 2)]), MODEL, true],
  'the house is full and busy': [agent([runner('other:latest', 1)], 1), MODEL, false],
  'the house is full, and an idle runner can be evicted': [agent([runner('other:latest', 1), runner('third:latest', 0)], 2), MODEL, true],
  'the model is busy with other load options': [agent([runner(MODEL, 1)], 3), BIG, false],
  'the model is idle with other load options': [agent([runner(MODEL, 0)], 1), BIG, true],
  'the model is being loaded with these options': [agent([runner(MODEL, 0), runner(BIG, 2, { state: 'loading' })]), BIG, false],
  'a model whose name begins the same is busy': [agent([runner('llama3:latest-q8', 1)], 2), MODEL, true],
};

describe('hasFreeSlot', () => {
  for (const [when, [view, signature, free]] of Object.entries(cases)) {
    it(`is ${free} when ${when}`, () => expect(hasFreeSlot(view, MODEL, signature)).to.equal(free));
  }
});
