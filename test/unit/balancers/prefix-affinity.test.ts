import { seededRandom } from '@ollama-coordinator/common';
import type { AgentView, Costed, RequestFacts } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { affinityKey, hashToUnit } from '#balancers/prefix-affinity/dist/affinity-key.js';
import { choosePrefixAffinity } from '#balancers/prefix-affinity/dist/prefix-affinity.js';
import { agentView, costed } from '../../support/agent-view.js';
import { requestFacts } from '../../support/request-facts.js';

const options = { blocks: 1, loadFactor: 1.25, fill: 0.5, worthS: 5 };
const inSession = (session: string | number) => requestFacts('llama3:latest', { session: `s${session}` });

function chosen(request: RequestFacts, candidates: readonly Costed[], seed = 1): string {
  const choice = choosePrefixAffinity(request, candidates, options, seededRandom(seed));
  return 'agent' in choice ? choice.agent : choice.why;
}
const fleet = (count: number, over: (index: number) => Partial<AgentView> = () => ({})) =>
  Array.from({ length: count }, (_, index) => costed(agentView(`agent-${index}`, over(index))));

/** A session whose home is that agent. */
function sessionOf(agent: string, candidates: readonly Costed[]): RequestFacts {
  for (let session = 0; session < 1000; session += 1) {
    if (chosen(inSession(session), candidates) === agent) return inSession(session);
  }
  throw new Error(`${agent} is nobody's home`);
}

describe('affinityKey', () => {
  const facts = requestFacts('llama3:latest', { caller: 'ann', prefix: ['b1', 'b2', 'b3'] });
  it('is the session, of its caller alone', () => {
    const key = (caller: string, session: string) => affinityKey({ ...facts, caller, session }, 1);
    expect(key('ann', 'x')).to.equal(key('ann', 'x'));
    expect(new Set([key('ann', 'x'), key('bob', 'x'), key('ann', 'y')])).to.have.lengthOf(3);
  });
  it('is the leading block of the prompt, as far as told, of its model alone', () => {
    const key = (prefix: readonly string[], blocks: number, model = 'llama3:latest') => affinityKey({ ...facts, model, prefix }, blocks);
    expect(key(['b1', 'b2'], 1)).to.equal(key(['b1', 'x'], 1));
    expect(key(['b1', 'b2'], 2)).to.not.equal(key(['b1', 'x'], 2));
    expect(key(['b1'], 2)).to.equal(key(['b1'], 1));
    expect(key(['b1'], 1)).to.not.equal(key(['b1'], 1, 'qwen3:latest'));
  });
  it('is none without either', () => expect(affinityKey({ ...facts, prefix: [] }, 1)).to.equal(undefined));
});

describe('hashToUnit', () => {
  it('is evenly spread over keys and over agents that differ by one letter', () => {
    for (const numberOf of [(n: number) => hashToUnit(`session ${n}`, 'a'), (n: number) => hashToUnit('session', `agent-${n}`)]) {
      const tenths = Array.from({ length: 10 }, () => 0);
      for (let n = 0; n < 10_000; n += 1) tenths[Math.floor(numberOf(n) * 10)]! += 1;
      for (const count of tenths) expect(count).to.be.within(850, 1150);
    }
  });
});

describe('choosePrefixAffinity', () => {
  it('sends a session to one agent, in whatever order the candidates come', () => {
    const agents = fleet(7);
    for (let session = 0; session < 50; session += 1) {
      const home = chosen(inSession(session), agents);
      expect(chosen(inSession(session), [...agents].reverse(), 9)).to.equal(home);
    }
  });
  it('sends one prompt prefix to one agent', () => {
    const withPrefix = (...prefix: string[]) => requestFacts('llama3:latest', { prefix });
    const agents = fleet(7);
    expect(chosen(withPrefix('system', 'a', 'b'), agents)).to.equal(chosen(withPrefix('system', 'x'), agents));
  });
  it('spreads sessions over agents by slots and weight', () => {
    const agents = fleet(4, (index) => [{ slots: 1 }, { slots: 2 }, { slots: 2, weight: 2 }, { slots: 1 }][index]!);
    const counts = [0, 0, 0, 0];
    for (let session = 0; session < 8000; session += 1) counts[Number(chosen(inSession(session), agents).slice(-1))]! += 1;
    for (const [index, expected] of [1000, 2000, 4000, 1000].entries()) {
      expect(counts[index], `agent-${index}`).to.be.within(expected * 0.9, expected * 1.1);
    }
  });
  it('moves only the sessions of an agent that goes, and those that one that comes takes over', () => {
    const agents = fleet(6);
    const left = agents.filter(({ agent }) => agent.id !== 'agent-2');
    for (let session = 0; session < 300; session += 1) {
      const home = chosen(inSession(session), agents);
      if (home !== 'agent-2') expect(chosen(inSession(session), left)).to.equal(home);
    }
  });
  it('keeps to a home that is up to half full while the others are idle', () => {
    const request = sessionOf('agent-1', fleet(3));
    expect(
      chosen(
        request,
        fleet(3, (index) => ({ slots: 4, inFlight: index === 1 ? 1 : 0 })),
      ),
    ).to.equal('agent-1');
  });
  it('leaves a home that has more than its share, always for the same other one', () => {
    const request = sessionOf('agent-1', fleet(5));
    const overloaded = fleet(5, (index) => ({ slots: 8, inFlight: index === 1 ? 6 : 0 }));
    const next = chosen(request, overloaded);
    expect(next).to.not.equal('agent-1');
    expect(chosen(request, overloaded, 5)).to.equal(next);
    const choice = choosePrefixAffinity(request, overloaded, options, seededRandom(1));
    expect(choice.why).to.equal('next for its session, since agent-1 has no room');
  });
  it('comes home again', () => {
    const request = sessionOf('agent-1', fleet(5));
    expect(
      chosen(
        request,
        fleet(5, () => ({ inFlight: 3 })),
      ),
    ).to.equal('agent-1');
  });
  it('leaves a home that is full while another is free, and waits for it when none is', () => {
    const request = sessionOf('agent-1', fleet(3));
    const full = (...ids: number[]) => fleet(3).map((candidate, index) => ({ ...candidate, free: !ids.includes(index) }));
    expect(chosen(request, full(1))).to.not.equal('agent-1');
    expect(chosen(request, full(0, 1, 2))).to.equal('agent-1');
  });
  it('never loads an agent beyond its bound, however hot a prefix is', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    const request = inSession('hot');
    for (let sent = 0; sent < 200; sent += 1) {
      const agents = fleet(10, (index) => ({ slots: 64, inFlight: counts[index]! }));
      counts[Number(chosen(request, agents).slice(-1))]! += 1;
    }
    expect(Math.max(...counts)).to.be.at.most(32);
    expect(counts.filter((count) => count > 0).length).to.be.within(6, 10);
  });
  it('takes the least busy agent for a request of neither, ties by chance', () => {
    const request = requestFacts('llama3:latest');
    expect(
      chosen(
        request,
        fleet(3, (index) => ({ inFlight: index === 2 ? 0 : 1 })),
      ),
    ).to.equal('agent-2');
    const firsts = new Set(Array.from({ length: 40 }, (_, seed) => chosen(request, fleet(3), seed)));
    expect(firsts).to.have.lengthOf(3);
  });
  for (const [cost, isHome] of [
    [0, true],
    [5, true],
    [5.1, false],
    [1e5, false],
  ] as const) {
    it(`${isHome ? 'goes' : 'does not go'} home where that costs ${cost} s more by the others of the profile`, () => {
      const request = sessionOf('agent-1', fleet(3));
      const dear = fleet(3).map((candidate, index) => ({ ...candidate, cost: index === 1 ? cost : 0 }));
      expect(chosen(request, dear) === 'agent-1').to.equal(isHome);
    });
  }
});
