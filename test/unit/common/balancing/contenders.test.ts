import { type Costed, contenders } from '@ollama-coordinator/common/balancing';
import { expect } from 'chai';
import { agentView, costed } from '../../../support/agent-view.js';

const free = (id: string, cost: number) => costed(agentView(id), { cost });
const full = (id: string, cost: number) => costed(agentView(id), { cost, free: false });
const suspect = (id: string, cost: number) => costed(agentView(id, { suspect: true }), { cost });

const cases: Record<string, [Costed[], string]> = {
  'are all where all cost the same': [[free('a', 3), free('b', 3)], 'ab'],
  'are those that are free': [[full('a', 0), free('b', 0), free('c', 0)], 'bc'],
  'are all when none is free': [[full('a', 0), full('b', 0)], 'ab'],
  'are the cheapest': [[free('a', 2), free('b', 1), free('c', 1)], 'bc'],
  'leave out a full one that is cheaper by less than a wait': [[full('a', 0), free('b', 9)], 'b'],
  'hold on to a full one that is cheaper by more than a wait': [[full('a', 0), free('b', 11)], 'a'],
  'leave out suspects': [[suspect('a', 0), full('b', 100)], 'b'],
  'are suspects where no other is left': [[suspect('a', 0), suspect('b', 0)], 'ab'],
  'are none of none': [[], ''],
};

describe('contenders', () => {
  for (const [what, [candidates, expected]] of Object.entries(cases)) {
    it(what, () => {
      expect(
        contenders(candidates)
          .map(({ agent }) => agent.id)
          .join(''),
      ).to.equal(expected);
    });
  }
  it('are those that are not much dearer than the cheapest, where that is said', () => {
    const ids = (withinS: number) =>
      contenders([free('a', 1), free('b', 3), full('c', 0), free('d', 9)], withinS)
        .map(({ agent }) => agent.id)
        .join('');
    expect([ids(0), ids(1.9), ids(2), ids(9)]).to.deep.equal(['a', 'a', 'ab', 'abcd']);
  });
  it('are the list itself where it has no other', () => {
    const all = [free('a', 1), free('b', 1)];
    expect(contenders(all)).to.equal(all);
  });
});
