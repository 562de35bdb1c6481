import type { AgentView, Balancer } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { createRoundRobin } from '#balancers/round-robin/dist/round-robin.js';
import { agentView, costed, moment } from '../../support/agent-view.js';
import { requestFacts } from '../../support/request-facts.js';

const request = requestFacts('llama3:latest');

function next(balancer: Balancer, agents: readonly AgentView[], free: (agent: AgentView) => boolean = () => true): string {
  const choice = balancer.choose?.(
    request,
    agents.map((agent) => costed(agent, { free: free(agent) })),
    moment(),
  );
  return choice && 'agent' in choice ? choice.agent : 'rejected';
}

/** Chooses and assigns `count` times, and returns who had each turn. */
function turns(balancer: Balancer, count: number, agents: readonly AgentView[], free?: (agent: AgentView) => boolean): string {
  return Array.from({ length: count }, () => {
    const agent = next(balancer, agents, free);
    balancer.assigned?.({ request, agent, at: moment() });
    return agent;
  }).join('');
}

const [a, b, c] = ['a', 'b', 'c'].map((id) => agentView(id)) as [AgentView, AgentView, AgentView];

describe('createRoundRobin', () => {
  it('gives each of three agents three of nine requests, in the order of their ids', () => {
    expect(turns(createRoundRobin(), 9, [c, a, b])).to.equal('abcabcabc');
  });
  it('moves on when a request is assigned, not when it is asked for', () => {
    const balancer = createRoundRobin();
    expect([next(balancer, [a, b]), next(balancer, [a, b])]).to.deep.equal(['a', 'a']);
  });
  it('stays equal while candidates differ from request to request', () => {
    const balancer = createRoundRobin();
    const all = Array.from({ length: 30 }, (_, round) => turns(balancer, 1, round % 3 === 0 ? [a, b] : [a, b, c]));
    const counts = ['a', 'b', 'c'].map((id) => all.filter((agent) => agent === id).length);
    expect(counts).to.deep.equal([10, 10, 10]);
  });
  it('begins with an agent that joined later, and does not flood it', () => {
    const balancer = createRoundRobin();
    turns(balancer, 20, [a, b]);
    expect(turns(balancer, 6, [a, b, c])).to.equal('cabcab');
  });
  it('passes over an agent without a free slot, and takes it when no other is left', () => {
    const balancer = createRoundRobin();
    expect(turns(balancer, 4, [a, b, c], ({ id }) => id !== 'b')).to.equal('acac');
    expect(next(balancer, [b], () => false)).to.equal('b');
  });
  it('takes a suspect agent only when no other is there, be that one full or not', () => {
    const suspect = agentView('0', { suspect: true });
    expect(next(createRoundRobin(), [suspect, a], ({ id }) => id !== 'a')).to.equal('a');
    expect(next(createRoundRobin(), [suspect])).to.equal('0');
  });
  it('forgets an agent that left', () => {
    const balancer = createRoundRobin();
    turns(balancer, 3, [a, b, c]);
    balancer.fleet?.({ type: 'agent-left', agent: 'b' });
    expect(balancer.inspect?.()).to.deep.equal({ turns: 3, lastTurns: { a: 1, c: 3 } });
  });
});
