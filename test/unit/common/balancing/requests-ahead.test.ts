import type { AgentView, Runner } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { hasFreeSlot, requestsAhead } from '#common/balancing/requests-ahead.js';
import { agentView } from '../../../support/agent-view.js';

const MODEL = 'llama3:latest';
const BIG = `${MODEL};num_ctx=8192`;

function runner(signature: string, inFlight: number, over: Partial<Runner> = {}): Runner {
  return { signature, slots: 2, inFlight, state: 'ready', vramBytes: 0, warm: new Set(), ...over };
}
const agent = (runners: readonly Runner[], maxRunners?: number): AgentView => agentView('a', { runners, maxRunners });
const GB = 1e9;
/** With 10 GB of VRAM, of which the model needs 6. */
const small = (runners: readonly Runner[]): AgentView =>
  agentView('a', { runners, maxRunnerBytes: 10 * GB, models: new Map([[MODEL, { name: MODEL, digest: 'd', sizeBytes: 6 * GB }]]) });

const cases: Record<string, [AgentView, string, number]> = {
  'nothing is loaded': [agent([]), MODEL, 0],
  'its runner has a slot left': [agent([runner(MODEL, 1)]), MODEL, 0],
  'its runner is full': [agent([runner(MODEL, 2)]), MODEL, 1],
  'its runner is full though another is idle': [agent([runner('other:latest', 0), runner(MODEL, 2)]), MODEL, 1],
  'its runner is loading and has a slot left': [agent([runner(MODEL, 1, { state: 'loading' })]), MODEL, 0],
  'its runner is being unloaded': [agent([runner(MODEL, 0, { state: 'unloading' })]), MODEL, 1],
  'another runner may be loaded': [agent([runner('other:latest', 2)], 2), MODEL, 0],
  'how many may be loaded is unknown': [agent([runner('other:latest', 2)]), MODEL, 0],
  'the house is full and busy': [agent([runner('other:latest', 1)], 1), MODEL, 1],
  'the house is full, and an idle runner can be evicted': [agent([runner('other:latest', 1), runner('third:latest', 0)], 2), MODEL, 0],
  'the model is busy with other load options': [agent([runner(MODEL, 1)], 3), BIG, 1],
  'the model is idle with other load options': [agent([runner(MODEL, 0)], 1), BIG, 0],
  'the model is being loaded with these options': [agent([runner(MODEL, 0), runner(BIG, 2, { state: 'loading' })]), BIG, 1],
  'three stand before it': [agent([runner(MODEL, 4)]), MODEL, 3],
  'the house is full, and the least busy runner has three': [agent([runner('other:latest', 5), runner('third:latest', 3)], 2), MODEL, 3],
  'the model is busy with other load options, and another is idle': [agent([runner(MODEL, 2), runner('other:latest', 0)], 2), BIG, 2],
  'it fits beside what is loaded': [small([runner('other:latest', 2, { vramBytes: 4 * GB })]), MODEL, 0],
  'it does not fit beside what works': [small([runner('other:latest', 2, { vramBytes: 5 * GB })]), MODEL, 2],
  'what is idle makes enough room': [
    small([runner('other:latest', 2, { vramBytes: 3 * GB }), runner('third:latest', 0, { vramBytes: 5 * GB })]),
    MODEL,
    0,
  ],
  'several must end before it fits': [
    small([runner('other:latest', 2, { vramBytes: 5 * GB }), runner('third:latest', 1, { vramBytes: 4 * GB })]),
    MODEL,
    3,
  ],
  'the house is full, and what is idle is pinned': [
    agent([runner('other:latest', 1), runner('third:latest', 0, { pinned: true })], 2),
    MODEL,
    1,
  ],
  'everything in a full house is pinned': [agent([runner('other:latest', 0, { pinned: true })], 1), MODEL, Number.POSITIVE_INFINITY],
  'it is pinned itself, and idle with other load options': [agent([runner(MODEL, 0, { pinned: true })], 1), BIG, 0],
  'a model whose name begins the same is busy': [agent([runner('llama3:latest-q8', 1)], 2), MODEL, 0],
};

describe('requestsAhead', () => {
  for (const [when, [view, signature, ahead]] of Object.entries(cases)) {
    it(`is ${ahead} when ${when}`, () => expect(requestsAhead(view, MODEL, signature)).to.equal(ahead));
  }
});

describe('hasFreeSlot', () => {
  it('is true where no request must end first', () => {
    for (const [view, signature, ahead] of Object.values(cases)) expect(hasFreeSlot(view, MODEL, signature)).to.equal(ahead === 0);
  });
});
