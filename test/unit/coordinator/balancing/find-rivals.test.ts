import type { Balancer } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { costLeastConnections } from '#balancers/least-connections/dist/least-connections.js';
import { findRivals } from '#coordinator/balancing/find-rivals.js';
import { type agentView, busyView, costed, moment } from '../../../support/agent-view.js';
import { requestFacts } from '../../../support/request-facts.js';

const MODEL = 'llama3:latest';
const balancer: Balancer = { cost: (request, agent) => costLeastConnections(request, agent, { requestS: 10, suspectPenaltyS: 600 }) };

/** The agents that a request would rather have than wait for the first of them. */
function rivalsOf(views: readonly ReturnType<typeof agentView>[], by: Balancer = balancer): readonly string[] {
  const profile = [{ name: 'by', balancer: by, weight: 1 }];
  const candidates = views.map((agent) => costed(agent, { free: false, cost: by.cost?.(requestFacts(MODEL), agent, moment()) ?? 0 }));
  const [chosen] = candidates;
  if (!chosen) return [];
  return findRivals({ profile, request: requestFacts(MODEL), chosen, candidates, at: moment() }).map(({ agent }) => agent);
}

describe('findRivals', () => {
  it('names agents that are full as well', () => {
    expect(rivalsOf([busyView('a', MODEL, 4), busyView('b', MODEL, 4), busyView('c', MODEL, 5)])).to.have.members(['b', 'c']);
  });

  it('names one that must unload another model first', () => {
    expect(rivalsOf([busyView('a', MODEL, 4), busyView('b', 'qwen3:8b', 2, { maxRunners: 1 })])).to.deep.equal(['b']);
  });

  it('names none that the request is to go to only where it must', () => {
    expect(
      rivalsOf([busyView('a', MODEL, 4), busyView('b', MODEL, 4, { suspect: true }), busyView('c', MODEL, 4, { weight: 0 })]),
    ).to.deep.equal([]);
  });

  it('names the cheapest of many', () => {
    const many = Array.from({ length: 30 }, (_, index) => busyView(`agent-${index}`, MODEL, 4 + index));
    expect(rivalsOf(many)).to.deep.equal(Array.from({ length: 7 }, (_, index) => `agent-${index + 1}`));
  });

  it('names none where the balancer fails', () => {
    const failing: Balancer = {
      choose: () => {
        throw new Error('no idea');
      },
    };
    expect(rivalsOf([busyView('a', MODEL, 4), busyView('b', MODEL, 4)], failing)).to.deep.equal([]);
  });
});
