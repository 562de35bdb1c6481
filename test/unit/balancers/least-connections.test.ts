import type { AgentView } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { costLeastConnections } from '#balancers/least-connections/dist/least-connections.js';
import { agentView, busyView } from '../../support/agent-view.js';

const MODEL = 'llama3:latest';
const cost = (agent: AgentView) => costLeastConnections({ model: MODEL, signature: MODEL }, agent, { requestS: 10, suspectPenaltyS: 600 });

/** Each left one must cost less than the right one. */
const rules: Record<string, [AgentView, AgentView]> = {
  'prefers fewer requests in flight': [busyView('a', MODEL, 1), busyView('b', MODEL, 2)],
  'counts them relative to slots': [agentView('a', { slots: 8, inFlight: 2 }), agentView('b', { slots: 2, inFlight: 1 })],
  'counts them relative to weight': [busyView('a', MODEL, 2, { weight: 3 }), busyView('b', MODEL, 1)],
  'counts requests that no coordinator sent': [busyView('a', MODEL, 1), agentView('b', { foreign: 2 })],
  'prefers a free slot to the next slot of an agent of the same weight': [busyView('a', MODEL, 3), busyView('b', MODEL, 4, { slots: 16 })],
  'prefers the shorter line': [busyView('a', MODEL, 5), busyView('b', MODEL, 6)],
  'prefers an idle agent to the next slot of a strong one that must unload another model first': [
    agentView('a', { slots: 1 }),
    busyView('b', 'other:latest', 1, { slots: 16, maxRunners: 1 }),
  ],
  'takes a suspect agent last': [busyView('a', MODEL, 20), agentView('b', { suspect: true })],
};

describe('costLeastConnections', () => {
  for (const [rule, [cheaper, dearer]] of Object.entries(rules)) {
    it(rule, () => expect(cost(cheaper)).to.be.lessThan(cost(dearer)));
  }
  it('never gives a request to an agent of weight 0', () => {
    expect(cost(agentView('a', { weight: 0 }))).to.equal(Number.POSITIVE_INFINITY);
  });
  it('is the formula of the README', () => {
    expect(cost(busyView('a', MODEL, 5, { weight: 2, foreign: 1 }))).to.equal((10 * (5 + 1 + 1)) / (4 * 2) + 10 * (5 + 1 - 4));
  });
});
