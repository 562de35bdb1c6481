import { seededRandom } from '@ollama-coordinator/common';
import { expect } from 'chai';
import type { AgentEntry } from '#coordinator/balancing/agent-views.js';
import { someEntries } from '#coordinator/balancing/some-entries.js';

const entries = Array.from({ length: 1000 }, (_, index) => ({ index }) as unknown as AgentEntry);

describe('someEntries', () => {
  const pick = (over: Partial<Parameters<typeof someEntries>[0]>, seed = 1) =>
    someEntries({ all: entries, holding: [], signature: 'm', most: 50, ...over }, seededRandom(seed));

  it('is all of a small fleet', () => {
    const few = entries.slice(0, 50);
    expect(pick({ all: few })).to.equal(few);
  });

  it('has as many as are wanted, each once', () => {
    for (const holding of [[], entries.slice(10, 13), entries.slice(0, 49), entries.slice(0, 700)]) {
      const picked = pick({ holding });
      expect(new Set(picked).size).to.equal(50);
      expect(picked).to.have.lengthOf(50);
    }
  });

  it('has every agent with the runner, or, where these are enough, others of them each time', () => {
    expect(pick({ holding: entries.slice(990, 995) })).to.include.members(entries.slice(990, 995));
    const holding = entries.slice(100, 900);
    const [one, other] = [pick({ holding }, 1), pick({ holding }, 2)];
    for (const picked of [one, other]) expect(picked.every((entry) => holding.includes(entry))).to.equal(true);
    expect(one).not.to.have.members(other as AgentEntry[]);
  });

  it('has the same agents without the runner for the same signature, and others for another', () => {
    expect(pick({}, 1)).to.deep.equal(pick({}, 2));
    expect(pick({}, 1)).not.to.deep.equal(pick({ signature: 'other' }, 1));
  });
});
