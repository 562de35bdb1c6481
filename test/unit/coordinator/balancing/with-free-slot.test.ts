import { type AgentView, hasFreeSlot, type Runner } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { withFreeSlot } from '#coordinator/balancing/with-free-slot.js';
import { agentView } from '../../../support/agent-view.js';

const MODEL = 'llama3:latest';
const BIG = `${MODEL};num_ctx=8192`;

function runner(signature: string, inFlight: number, state: Runner['state'] = 'ready', pinned = false): Runner {
  return { signature, slots: 2, inFlight, state, vramBytes: 0, pinned, warm: new Set() };
}
function agent(runners: readonly Runner[], maxRunners?: number): AgentView {
  return agentView('a', { runners, maxRunners, inFlight: runners.reduce((sum, { inFlight }) => sum + inFlight, 0) });
}

/** The agent, the signature, and what is in flight on its runners once it has its next slot. */
const cases: Record<string, [AgentView, string, readonly number[]]> = {
  'its runner is full': [agent([runner(MODEL, 2)]), MODEL, [1]],
  'its runner has a slot': [agent([runner(MODEL, 1)]), MODEL, [1]],
  'its runner is being unloaded': [agent([runner(MODEL, 0, 'unloading')]), MODEL, [0]],
  'nothing is loaded': [agent([]), MODEL, []],
  'the model is busy with other load options': [agent([runner('other:latest', 0), runner(MODEL, 2)], 2), BIG, [0, 0]],
  'the house is full, and the least busy one is pinned': [
    agent([runner('other:latest', 2), runner('third:latest', 1, 'ready', true)], 2),
    MODEL,
    [0, 1],
  ],
  'the house is full': [agent([runner('other:latest', 2), runner('third:latest', 1)], 2), MODEL, [2, 0]],
};

describe('withFreeSlot', () => {
  for (const [when, [view, signature, inFlight]] of Object.entries(cases)) {
    it(`ends what stands before the request when ${when}`, () => {
      const before = JSON.stringify(view);
      const freed = withFreeSlot(view, { model: MODEL, signature });
      expect(freed.runners.map((each) => each.inFlight)).to.deep.equal(inFlight);
      expect(hasFreeSlot(freed, MODEL, signature)).to.equal(true);
      expect(freed.inFlight).to.equal(inFlight.reduce((sum, count) => sum + count, 0));
      expect(JSON.stringify(view)).to.equal(before);
    });
  }
});
