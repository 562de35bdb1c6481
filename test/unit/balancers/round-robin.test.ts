import type { AgentView, Balancer } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { createRoundRobin } from '#balancers/round-robin/dist/round-robin.js';
import { agentView } from '../../support/agent-view.js';
import { driveBalancers } from '../../support/drive-balancer.js';
import { requestFacts } from '../../support/request-facts.js';

const request = requestFacts('llama3:latest');

/** Chooses and assigns `count` times, and returns who had each turn. */
function turns(
  balancer: Balancer,
  count: number,
  agents: readonly AgentView[],
  isFree: (agent: AgentView) => boolean = () => true,
): string {
  const driver = driveBalancers([balancer], { isFree });
  return Array.from({ length: count }, () => driver.assign(request, agents)).join('');
}

const [a, b, c] = ['a', 'b', 'c'].map((id) => agentView(id)) as [AgentView, AgentView, AgentView];

describe('createRoundRobin', () => {
  it('gives each of three agents three of nine requests, in the order of their ids', () => {
    expect(turns(createRoundRobin(), 9, [c, a, b])).to.equal('abcabcabc');
  });
  it('moves on when a request is assigned, not when it is asked for', () => {
    const driver = driveBalancers([createRoundRobin()]);
    expect(
      [driver.choose(request, [a, b]), driver.choose(request, [a, b])].map((choice) => 'agent' in choice && choice.agent),
    ).to.deep.equal(['a', 'a']);
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
    expect(turns(balancer, 1, [b], () => false)).to.equal('b');
  });
  it('takes a suspect agent only when no other is there, be that one full or not', () => {
    const suspect = agentView('0', { suspect: true });
    expect(turns(createRoundRobin(), 1, [suspect, a], ({ id }) => id !== 'a')).to.equal('a');
    expect(turns(createRoundRobin(), 1, [suspect])).to.equal('0');
  });
  it('keeps to the cheapest where other balancers of the profile give costs', () => {
    const dear: Balancer = { cost: (_request, { id }) => (id === 'b' ? 5 : 0) };
    const driver = driveBalancers([dear, createRoundRobin()], { isFree: () => true });
    expect(Array.from({ length: 4 }, () => driver.assign(request, [a, b, c])).join('')).to.equal('acac');
  });
  it('forgets an agent that left', () => {
    const balancer = createRoundRobin();
    turns(balancer, 3, [a, b, c]);
    balancer.fleet?.({ type: 'agent-left', agent: 'b' });
    expect(balancer.inspect?.()).to.deep.equal({ turns: 3, lastTurns: { a: 1, c: 3 } });
  });
});
