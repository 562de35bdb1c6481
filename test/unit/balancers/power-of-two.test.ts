import { seededRandom } from '@ollama-coordinator/common';
import type { AgentView, Costed } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { choosePowerOfTwo } from '#balancers/power-of-two/dist/power-of-two.js';
import { agentView, costed } from '../../support/agent-view.js';

const agent = (id: string, inFlight: number, over: Partial<AgentView> = {}) => costed(agentView(id, { inFlight, ...over }));

/** How often each agent is chosen in `rounds`, each independent of the others. */
function chosen(candidates: readonly Costed[], rounds: number, choices = 2): Record<string, number> {
  const random = seededRandom(7);
  const found: Record<string, number> = {};
  for (let round = 0; round < rounds; round += 1) {
    const choice = choosePowerOfTwo(candidates, choices, random);
    const id = 'agent' in choice ? choice.agent : 'rejected';
    found[id] = (found[id] ?? 0) + 1;
  }
  return found;
}

describe('choosePowerOfTwo', () => {
  it('takes the less busy of two', () => {
    expect(chosen([agent('a', 3), agent('b', 1)], 50)).to.deep.equal({ b: 50 });
  });
  it('counts requests for the strength of the agent, foreign ones too', () => {
    expect(chosen([agent('a', 3, { weight: 4 }), agent('b', 1)], 50)).to.deep.equal({ a: 50 });
    expect(chosen([agent('a', 3, { slots: 16 }), agent('b', 1)], 50)).to.deep.equal({ a: 50 });
    expect(chosen([agent('a', 0, { foreign: 3 }), agent('b', 1)], 50)).to.deep.equal({ b: 50 });
  });
  it('chooses equal agents equally often', () => {
    const counts = chosen(
      ['a', 'b', 'c', 'd', 'e'].map((id) => agent(id, 0)),
      5000,
    );
    for (const count of Object.values(counts)) expect(count).to.be.within(900, 1100);
    expect(Object.keys(counts)).to.have.lengthOf(5);
  });
  // The agent of rank r (1 the least busy) of n is taken when both draws are no less busy: 2 (n − r) ÷ (n (n − 1)).
  it('takes each agent as often as two different draws make it, the busiest never', () => {
    const counts = chosen(
      [4, 0, 2, 1, 3].map((inFlight) => agent(`busy-${inFlight}`, inFlight)),
      10_000,
    );
    for (const [rank, expected] of [4000, 3000, 2000, 1000].entries()) {
      expect(counts[`busy-${rank}`], `busy-${rank}`).to.be.within(expected * 0.93, expected * 1.07);
    }
    expect(counts['busy-4']).to.equal(undefined);
  });
  it('spreads a stale picture over several agents, where the least busy of all would take everything', () => {
    const stale = Array.from({ length: 20 }, (_, index) => agent(`a${index}`, index));
    const counts = chosen(stale, 1000);
    expect(Math.max(...Object.values(counts))).to.be.lessThan(140);
    expect(chosen(stale, 1000, 20)).to.deep.equal({ a0: 1000 });
  });
  it('draws from those with a free slot while there are any', () => {
    const full = (id: string) => ({ ...agent(id, 0), free: false });
    expect(chosen([full('a'), full('b'), agent('c', 3)], 50)).to.deep.equal({ c: 50 });
    expect(Object.keys(chosen([full('a'), full('b')], 50)).sort()).to.deep.equal(['a', 'b']);
  });
  it('keeps to the cheapest where other balancers of the profile give costs', () => {
    expect(chosen([{ ...agent('a', 0), cost: 20 }, agent('b', 3)], 50)).to.deep.equal({ b: 50 });
  });
  it('takes the only candidate, and rejects none', () => {
    expect(chosen([agent('a', 9)], 3)).to.deep.equal({ a: 3 });
    expect(choosePowerOfTwo([], 2, () => 0)).to.deep.equal({ reject: true, why: 'there is no candidate' });
  });
});
