import modelAffinity from '@ollama-coordinator/balancer-model-affinity';
import type { AgentView, Runner } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { costModelAffinity, type ModelAffinityOptions } from '#balancers/model-affinity/dist/model-affinity.js';
import { agentView, busyView } from '../../support/agent-view.js';
import { modelsOnDisk } from '../../support/models-on-disk.js';
import { requestFacts } from '../../support/request-facts.js';

const MODEL = 'llama3:latest';
const models = modelsOnDisk(MODEL);
const request = requestFacts(MODEL);

function optionsOf(given: object): ModelAffinityOptions {
  const parsed = modelAffinity.options.safeParse(given);
  if (!parsed.success) throw new Error(JSON.stringify(parsed.error.issues));
  return parsed.data;
}
const cost = (agent: AgentView, given: object = {}) => costModelAffinity(request, agent, optionsOf(given));

const loaded = (inFlight = 0, over: Partial<AgentView> = {}) => busyView('a', MODEL, inFlight, { models, ...over });
const cold = (over: Partial<AgentView> = {}) => agentView('b', { models, ...over });
function other(inFlight = 0, over: Partial<Runner> = {}): Runner {
  return { signature: 'other:latest', slots: 4, inFlight, state: 'ready', vramBytes: 5e9, warm: new Set(), ...over };
}
const busyElsewhere = other(1);

/** Each left one must cost less than the right one. */
const rules: Record<string, [AgentView, AgentView, object?]> = {
  'prefers the agent that has the model loaded': [loaded(), cold()],
  'prefers it though it is busier': [loaded(3), cold()],
  'takes a model that is being loaded for loaded': [
    agentView('a', { models, runners: [other(1, { signature: MODEL, state: 'loading' })] }),
    cold(),
  ],
  'takes a model that is being unloaded for not loaded': [
    cold(),
    agentView('a', { models, runners: [other(0, { signature: MODEL, state: 'unloading' })] }),
  ],
  'prefers the least busy of those that have it loaded': [loaded(1), loaded(2)],
  'counts what is in flight for the strength of the agent': [loaded(2, { weight: 3 }), loaded(1)],
  'spills over when the loaded one is full': [cold(), loaded(4)],
  'spills over even where another model has to leave for it': [cold({ runners: [other()], maxRunners: 1 }), loaded(4)],
  'waits instead where a load takes long': [loaded(4), cold(), { loadS: 60 }],
  'spills over where the line is longer than a load': [cold(), loaded(6), { loadS: 60 }],
  'prefers room in memory to pushing a model out': [
    cold({ runners: [other()], vramFreeBytes: 8e9 }),
    cold({ runners: [other()], vramFreeBytes: 1e9 }),
  ],
  'prefers a free place to a house that is full': [
    cold({ runners: [other()], maxRunners: 2, vramFreeBytes: 8e9 }),
    cold({ runners: [other()], maxRunners: 1 }),
  ],
  'prefers known room to unknown room': [cold({ runners: [other()], vramFreeBytes: 8e9 }), cold({ runners: [other()] })],
  'prefers unknown room to known want of room': [cold({ runners: [other()] }), cold({ runners: [other()], vramFreeBytes: 1e9 })],
  'prefers an idle house to one in which a request must end first': [
    cold({ runners: [other()], maxRunners: 1 }),
    cold({ runners: [busyElsewhere], maxRunners: 1, inFlight: 1 }),
  ],
  'leaves the model alone where it is loaded with other options': [
    cold(),
    agentView('a', { models, runners: [other(0, { signature: `${MODEL};num_ctx=8192` })], vramFreeBytes: 40e9 }),
  ],
  'takes a suspect agent last': [cold({ runners: [busyElsewhere], maxRunners: 1 }), loaded(0, { suspect: true })],
};

describe('costModelAffinity', () => {
  for (const [rule, [cheaper, dearer, given]] of Object.entries(rules)) {
    it(rule, () => expect(cost(cheaper, given)).to.be.lessThan(cost(dearer, given)));
  }
  it('is the formula of the README', () => {
    expect(cost(loaded(5))).to.be.closeTo(30 * 2 + 6 / 4, 1e-9);
    expect(cost(cold({ runners: [other(2)], inFlight: 2, maxRunners: 1 }))).to.be.closeTo(10 + 10 + 30 * 2 + 3 / 4, 1e-9);
  });
});
