import loadBased from '@ollama-coordinator/balancer-load-based';
import type { AgentView } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { costLoadBased, type LoadBasedOptions } from '#balancers/load-based/dist/load-based.js';
import { agentView, busyView } from '../../support/agent-view.js';

const MODEL = 'llama3:latest';

function optionsOf(given: object): LoadBasedOptions {
  const parsed = loadBased.options.safeParse(given);
  if (!parsed.success) throw new Error(JSON.stringify(parsed.error.issues));
  return parsed.data;
}
const cost = (agent: AgentView, given: object = {}) => costLoadBased({ model: MODEL, signature: MODEL }, agent, optionsOf(given));
const loaded = (cpuLoad?: number, memoryLoad?: number) => agentView('a', { cpuLoad, memoryLoad });

/** Each left one must cost less than the right one. */
const rules: Record<string, [AgentView, AgentView, object?]> = {
  'prefers idle CPU': [loaded(0.1, 0.5), loaded(0.6, 0.5)],
  'prefers idle memory': [loaded(0.5, 0.1), loaded(0.5, 0.6)],
  'takes CPU for twice as important as memory': [loaded(0.2, 0.5), loaded(0.5, 0.2)],
  'weighs as it is told': [loaded(0.5, 0.2), loaded(0.2, 0.5), { cpuWeight: 1, memoryWeight: 3 }],
  'avoids an agent at 90 % CPU': [loaded(0.89, 0.89), loaded(0.9, 0)],
  'avoids an agent at 90 % memory': [loaded(0.89, 0.89), loaded(0, 0.9)],
  'waits for an agent that is full rather than use one at 90 %': [busyView('a', MODEL, 4, { cpuLoad: 0.5 }), loaded(0.9, 0.1)],
  'rather uses one at 90 % when told so': [loaded(0.9, 0.1), busyView('a', MODEL, 4, { cpuLoad: 0.5 }), { avoidPenaltyS: 5 }],
  'avoids at another threshold when told so': [loaded(0.49, 0.49), loaded(0.5, 0), { avoidAt: 0.5 }],
  'prefers little load to unknown load': [loaded(0.1, 0.1), loaded()],
  'prefers unknown load to much load': [loaded(), loaded(0.8, 0.8)],
  'does not avoid an agent of unknown load': [loaded(), loaded(0.95, 0.1)],
  'counts what was sent since the last heartbeat': [loaded(0.4, 0.4), busyView('a', MODEL, 2, { cpuLoad: 0.3, memoryLoad: 0.3 })],
  'counts requests that no coordinator sent': [loaded(0.4, 0.4), agentView('a', { cpuLoad: 0.3, memoryLoad: 0.3, foreign: 3 })],
  'prefers the most loaded agent with a slot to an idle one without': [
    busyView('a', MODEL, 3, { cpuLoad: 0.89, memoryLoad: 0.89 }),
    busyView('b', MODEL, 4, { cpuLoad: 0, memoryLoad: 0 }),
  ],
  'takes a suspect agent last but before one that it avoids': [agentView('a', { suspect: true }), loaded(0.99, 0.99)],
};

describe('costLoadBased', () => {
  for (const [rule, [cheaper, dearer, given]] of Object.entries(rules)) {
    it(rule, () => expect(cost(cheaper, given)).to.be.lessThan(cost(dearer, given)));
  }
  it('is the formula of the README', () => {
    const agent = busyView('a', MODEL, 2, { cpuLoad: 0.3, memoryLoad: 0.6, foreign: 1 });
    expect(cost(agent)).to.be.closeTo(10 * ((2 * 0.3 + 0.6) / 3) + 10 * (3 / 4), 1e-9);
  });
  it('refuses options that make no sense', () => {
    for (const given of [{ avoidAt: 0 }, { avoidAt: 1.1 }, { cpuWeight: 0, memoryWeight: 0 }, { avoidPenaltyS: -1 }]) {
      expect(() => optionsOf(given), JSON.stringify(given)).to.throw();
    }
  });
});
