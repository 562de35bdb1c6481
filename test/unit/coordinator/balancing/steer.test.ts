import { expect } from 'chai';
import { createSteer, describeReload, dropReloaders } from '#coordinator/balancing/steer.js';
import { agentView, costed } from '../../../support/agent-view.js';

const MODEL = 'llama3:latest';
const BIG = `${MODEL};num_ctx=8192`;
const SMALL = `${MODEL};num_ctx=4096`;
const asked = { model: MODEL, signature: BIG };

interface Given {
  readonly runs?: string;
  readonly free?: boolean;
  readonly busyUntilMs?: number;
  readonly sizeBytes?: number;
}

/** Loading takes one second everywhere. */
function candidate(id: string, { runs, free = true, busyUntilMs, sizeBytes = 4e9 }: Given = {}) {
  const runner = { slots: 1, inFlight: free ? 0 : 1, state: 'ready', vramBytes: 0, warm: new Set<string>() } as const;
  const times = busyUntilMs === undefined ? {} : { busyUntilMs };
  const models = new Map([[MODEL, { name: MODEL, sizeBytes, digest: '' }]]);
  return costed(agentView(id, { models, runners: runs === undefined ? [] : [{ ...runner, signature: runs, ...times }] }), { free });
}

const CASES: readonly [string, Readonly<Record<string, Given>>, string][] = [
  ['keeps the one that has the runner', { a: { runs: SMALL }, b: { runs: BIG } }, 'b'],
  ['keeps also those without the model in memory', { a: { runs: SMALL }, b: {}, c: { runs: BIG } }, 'bc'],
  ['keeps everyone where each must reload', { a: { runs: SMALL }, b: { runs: MODEL } }, 'ab'],
  ['waits for a slot that comes sooner than a reload', { a: { runs: SMALL }, b: { runs: BIG, free: false, busyUntilMs: 900 } }, 'b'],
  ['rather reloads than waits for longer', { a: { runs: SMALL }, b: { runs: BIG, free: false, busyUntilMs: 1100 } }, 'ab'],
  ['rather reloads than waits for nobody knows how long', { a: { runs: SMALL }, b: { runs: BIG, free: false } }, 'ab'],
  ['does not mind other models', { a: { runs: 'llama3:70b' }, b: { runs: BIG } }, 'ab'],
];

describe('dropReloaders', () => {
  for (const [rule, agents, kept] of CASES) {
    it(rule, () => {
      const found = Object.entries(agents).map(([id, given]) => candidate(id, given));
      const dropped = dropReloaders(found, asked, 0).map(({ id }) => id);
      expect(found.map(({ agent }) => agent.id).join('')).to.equal(kept);
      expect([...dropped, ...kept].sort()).to.deep.equal(Object.keys(agents));
    });
  }

  it('waits for the slot that is left to it: those ahead take the ones before', () => {
    const keptWith = (ahead: number) => {
      const found = [candidate('a', { runs: SMALL }), candidate('b', { runs: BIG, free: false, busyUntilMs: 400 })];
      dropReloaders(found, asked, 0, ahead);
      return found.map(({ agent }) => agent.id).join('');
    };
    expect([keptWith(0), keptWith(1), keptWith(2)]).to.deep.equal(['b', 'b', 'ab']);
  });
});

describe('createSteer', () => {
  const steer = createSteer(() => true);

  it('costs nothing while the model is nowhere loaded with other options', () => {
    expect(createSteer(() => false)(asked, { weighsLoads: false })).to.equal(undefined);
  });

  it('tells of the largest reload that the choice avoids', () => {
    const found = [candidate('a', { runs: SMALL, sizeBytes: 40e9 }), candidate('b', { runs: MODEL }), candidate('c', { runs: BIG })];
    const steering = steer(asked, { weighsLoads: false });
    steering?.narrow(found, 0);
    const [chosen] = found;
    const reload = chosen && steering?.outcome(chosen.agent, found);
    expect(reload && describeReload(reload)).to.equal('a would have reloaded 40.0 GB (num_ctx=4096 to num_ctx=8192)');
  });

  it('leaves a profile alone that weighs loads, and tells of what it chose', () => {
    const found = [candidate('a', { runs: MODEL }), candidate('c', { runs: BIG })];
    const steering = steer(asked, { weighsLoads: true });
    steering?.narrow(found, 0);
    expect(found).to.have.length(2);
    const said = found.map(({ agent }) => {
      const reload = steering?.outcome(agent, found);
      return reload && describeReload(reload);
    });
    expect(said).to.deep.equal(['reloaded 4.0 GB (defaults to num_ctx=8192)', 'a would have reloaded 4.0 GB (defaults to num_ctx=8192)']);
  });
});
