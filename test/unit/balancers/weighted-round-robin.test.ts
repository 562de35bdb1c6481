import type { AgentView, Balancer } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { createWeightedRoundRobin } from '#balancers/weighted-round-robin/dist/weighted-round-robin.js';
import { agentView, costed, moment } from '../../support/agent-view.js';
import { driveBalancers } from '../../support/drive-balancer.js';
import { requestFacts } from '../../support/request-facts.js';

const request = requestFacts('llama3:latest');
const agent = (id: string, weight: number) => agentView(id, { weight });

/** Who had each of the next turns, as `aab`. */
function turns(
  balancer: Balancer,
  count: number,
  agents: readonly AgentView[],
  isFree: (agent: AgentView) => boolean = () => true,
): string {
  const driver = driveBalancers([balancer], { isFree });
  return Array.from({ length: count }, () => driver.assign(request, agents)).join('');
}

/** How often each letter is there: `{ a: 2, b: 1 }`. */
function counts(text: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const letter of text) found[letter] = (found[letter] ?? 0) + 1;
  return found;
}

describe('createWeightedRoundRobin', () => {
  const sequences: readonly [weights: Record<string, number>, sequence: string][] = [
    [{ a: 1, b: 1, c: 1 }, 'abcabc'],
    [{ a: 5, b: 1, c: 1 }, 'aabacaa'],
    [{ a: 2, b: 1 }, 'abaaba'],
    [{ a: 3, b: 2 }, 'ababa'],
    [{ a: 0.5, b: 1.5 }, 'babb'],
    [{ a: 7 }, 'aaa'],
  ];
  for (const [weights, sequence] of sequences) {
    it(`spreads turns of weights ${Object.values(weights).join(', ')} as ${sequence}`, () => {
      const agents = Object.entries(weights).map(([id, weight]) => agent(id, weight));
      expect(turns(createWeightedRoundRobin(), sequence.length, agents)).to.equal(sequence);
    });
  }
  it('gives exact shares over whole cycles, however the agents are listed', () => {
    const all = turns(createWeightedRoundRobin(), 1100, [agent('c', 1), agent('a', 7), agent('b', 3)]);
    expect(counts(all)).to.deep.equal({ a: 700, b: 300, c: 100 });
  });
  it('does not flood an agent that was away', () => {
    const balancer = createWeightedRoundRobin();
    const [a, b] = [agent('a', 1), agent('b', 1)];
    turns(balancer, 4, [a, b]);
    turns(balancer, 100, [a]);
    expect(turns(balancer, 6, [a, b])).to.equal('ababab');
  });
  it('does not flood an agent that joins', () => {
    const balancer = createWeightedRoundRobin();
    const [a, b, c] = [agent('a', 2), agent('b', 2), agent('c', 2)];
    turns(balancer, 101, [a, b]);
    expect(counts(turns(balancer, 9, [a, b, c]))).to.deep.equal({ a: 3, b: 3, c: 3 });
  });
  it('keeps the shares of two groups that have nothing in common', () => {
    const balancer = createWeightedRoundRobin();
    const [a, b, c, d] = [agent('a', 3), agent('b', 1), agent('c', 1), agent('d', 1)];
    let all = '';
    for (let round = 0; round < 40; round += 1) all += turns(balancer, 3, [a, b]) + turns(balancer, 1, [c, d]);
    expect(counts(all)).to.deep.equal({ a: 90, b: 30, c: 20, d: 20 });
  });
  it('passes over an agent without a free slot, and takes it when no other is left', () => {
    const balancer = createWeightedRoundRobin();
    const [a, b] = [agent('a', 9), agent('b', 1)];
    expect(turns(balancer, 3, [a, b], ({ id }) => id !== 'a')).to.equal('bbb');
    expect(turns(balancer, 1, [a], () => false)).to.equal('a');
  });
  it('moves on when a request is assigned, not when it is asked for', () => {
    const driver = driveBalancers([createWeightedRoundRobin()]);
    const agents = [agent('a', 1), agent('b', 1)];
    expect(
      [driver.choose(request, agents), driver.choose(request, agents)].map((choice) => 'agent' in choice && choice.agent),
    ).to.deep.equal(['a', 'a']);
  });
  it('keeps to the cheapest where other balancers of the profile give costs', () => {
    const dear: Balancer = { cost: (_request, { id }) => (id === 'a' ? 50 : 0) };
    const driver = driveBalancers([dear, createWeightedRoundRobin()], { isFree: () => true });
    const agents = [agent('a', 5), agent('b', 2), agent('c', 1)];
    expect(Array.from({ length: 6 }, () => driver.assign(request, agents)).join('')).to.equal('bcbbcb');
  });
  it('takes a slot that was granted for nobody’s turn', () => {
    const balancer = createWeightedRoundRobin();
    const [a, b] = [agent('a', 1), agent('b', 1)];
    turns(balancer, 1, [b]);
    expect(turns(balancer, 2, [a, b])).to.equal('ab');
  });
  it('is not put out by assignments that it did not choose', () => {
    const balancer = createWeightedRoundRobin();
    const agents = [agent('a', 1), agent('b', 1)];
    const candidates = agents.map((view) => costed(view));
    for (let round = 0; round < 1000; round += 1) balancer.assigned?.({ request, agent: 'a', candidates, at: moment() });
    expect(turns(balancer, 6, agents)).to.match(/^bb(ba|ab)/);
  });
  it('shows credits that add up to nothing, and forgets an agent that left', () => {
    const balancer = createWeightedRoundRobin();
    turns(balancer, 3, [agent('a', 5), agent('b', 1)]);
    expect(balancer.inspect?.()).to.deep.equal({ credits: { a: -3, b: 3 } });
    balancer.fleet?.({ type: 'agent-left', agent: 'a' });
    expect(balancer.inspect?.()).to.deep.equal({ credits: { b: 3 } });
  });
});
