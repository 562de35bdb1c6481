import { expect } from 'chai';
import { admit, loaded } from '#agent/gate/admit.js';
import { createGateState, type GateState } from '#agent/gate/gate-state.js';
import { issueGrants, setWants, watchOpened } from '#agent/gate/grants.js';
import { type Plan, planFor } from '#agent/gate/plan.js';

interface Row {
  readonly name: string;
  readonly slots?: number;
  readonly maxRunners?: number;
  /** GB of VRAM; each model takes as many as its name ends in, as `a:4`. */
  readonly vram?: number;
  readonly digests?: Readonly<Record<string, string>>;
  /** Runners that are loaded, each with how many requests run on it; oldest use first. */
  readonly runners: Readonly<Record<string, number>>;
  readonly draining?: boolean;
  readonly pinned?: readonly string[];
  readonly ask: string;
  readonly expected: string;
}

const rows: Row[] = [
  { name: 'loads a model while nothing is loaded', runners: {}, ask: 'a:1', expected: 'load' },
  { name: 'gives a free slot of the loaded model', runners: { 'a:1': 0 }, ask: 'a:1', expected: 'slot' },
  { name: 'refuses when the only slot is taken', runners: { 'a:1': 1 }, ask: 'a:1', expected: 'every slot of the model is taken' },
  { name: 'gives the second of two slots', slots: 2, runners: { 'a:1': 1 }, ask: 'a:1', expected: 'slot' },
  { name: 'refuses when both are taken', slots: 2, runners: { 'a:1': 2 }, ask: 'a:1', expected: 'every slot of the model is taken' },
  { name: 'loads a second model where the limit is not known', runners: { 'a:1': 1 }, ask: 'b:1', expected: 'load' },
  { name: 'loads a second model within the limit', maxRunners: 2, runners: { 'a:1': 1 }, ask: 'b:1', expected: 'load' },
  { name: 'evicts the idle one at the limit', maxRunners: 1, runners: { 'a:1': 0 }, ask: 'b:1', expected: 'evict a:1' },
  { name: 'evicts the one unused longest', maxRunners: 2, runners: { 'a:1': 0, 'c:1': 0 }, ask: 'b:1', expected: 'evict a:1' },
  { name: 'never evicts one that works', maxRunners: 2, runners: { 'a:1': 1, 'c:1': 0 }, ask: 'b:1', expected: 'evict c:1' },
  {
    name: 'refuses when every runner works',
    maxRunners: 1,
    runners: { 'a:1': 1 },
    ask: 'b:1',
    expected: 'no runner that may go is idle, and no further one may be loaded',
  },
  { name: 'reloads an idle model with other options', runners: { 'a:1': 0 }, ask: 'a:1;num_ctx=8192', expected: 'replace a:1' },
  {
    name: 'refuses other options while the model works',
    slots: 4,
    runners: { 'a:1': 1 },
    ask: 'a:1;num_ctx=8192',
    expected: 'the model is busy with other load options',
  },
  {
    name: 'tells runners of one model apart by their options',
    runners: { 'a:1;num_ctx=8192': 0 },
    ask: 'a:1',
    expected: 'replace a:1;num_ctx=8192',
  },
  {
    name: 'knows two tags of one digest as one runner',
    digests: { 'a:1': 'd', 'b:1': 'd' },
    runners: { 'a:1': 0 },
    ask: 'b:1',
    expected: 'slot',
  },
  { name: 'loads beside another one where both fit', vram: 10, runners: { 'a:4': 1 }, ask: 'b:6', expected: 'load' },
  { name: 'evicts what does not leave enough memory', vram: 10, runners: { 'a:4': 0 }, ask: 'b:7', expected: 'evict a:4' },
  { name: 'evicts as many as it needs', vram: 10, runners: { 'a:4': 0, 'c:3': 0 }, ask: 'b:9', expected: 'evict a:4 c:3' },
  { name: 'keeps one whose place is not needed', vram: 10, runners: { 'a:2': 0, 'c:7': 0 }, ask: 'b:8', expected: 'evict c:7' },
  {
    name: 'refuses where the idle ones do not make enough room',
    vram: 10,
    runners: { 'a:2': 0, 'c:7': 1 },
    ask: 'b:8',
    expected: 'the idle runners do not make enough room',
  },
  {
    name: 'refuses where only working ones are in the way',
    vram: 10,
    runners: { 'c:7': 1 },
    ask: 'b:8',
    expected: 'no runner that may go is idle, and no further one may be loaded',
  },
  { name: 'loads one that is larger than the memory, alone', vram: 10, runners: {}, ask: 'b:20', expected: 'load' },
  { name: 'makes room for one that is larger than the memory', vram: 10, runners: { 'a:2': 0 }, ask: 'b:20', expected: 'evict a:2' },
  { name: 'never evicts a pinned one', maxRunners: 2, runners: { 'a:1': 0, 'c:1': 0 }, pinned: ['a:1'], ask: 'b:1', expected: 'evict c:1' },
  {
    name: 'refuses where all that is idle is pinned',
    maxRunners: 1,
    runners: { 'a:1': 0 },
    pinned: ['a:1'],
    ask: 'b:1',
    expected: 'no runner that may go is idle, and no further one may be loaded',
  },
  {
    name: 'knows a pinned model by another of its tags',
    maxRunners: 1,
    digests: { 'a:1': 'd', 'p:1': 'd' },
    runners: { 'a:1': 0 },
    pinned: ['p:1'],
    ask: 'b:1',
    expected: 'no runner that may go is idle, and no further one may be loaded',
  },
  {
    name: 'reloads a pinned model with other options',
    maxRunners: 1,
    runners: { 'a:1': 0 },
    pinned: ['a:1'],
    ask: 'a:1;num_ctx=8192',
    expected: 'replace a:1',
  },
  { name: 'refuses everything while draining', runners: { 'a:1': 0 }, draining: true, ask: 'a:1', expected: 'the agent is draining' },
];

describe('planFor', () => {
  for (const row of rows) {
    it(row.name, () => {
      const state = stateOf(row);
      const before = JSON.stringify([...state.runners]);
      const plan = planFor(state, row.ask);
      expect(describePlan(plan)).to.equal(row.expected);
      expect(JSON.stringify([...state.runners]), 'a plan changes nothing').to.equal(before);
    });
  }

  it('does not begin a second eviction while one is under way', () => {
    const state = stateOf({ maxRunners: 2, runners: { 'a:1': 0, 'c:1': 0 } });
    admit(state, { replica: 'r', signature: 'b:1' }, 100);
    expect(planFor(state, 'd:1')).to.deep.equal({ kind: 'busy', reason: 'another model is being unloaded' });
    expect(planFor(state, 'a:1')).to.deep.equal({ kind: 'busy', reason: 'the model is being unloaded' });
  });

  it('counts the memory of a model whose load is promised, and not of those that will leave for it', () => {
    const state = stateOf({ vram: 10, runners: { 'a:4': 0 } });
    watchOpened(state, 'r');
    setWants(state, 'r', { wants: [{ signature: 'b:7', priority: 0, virtual_time: 0, waiting: 1, waited_ms: 0, evict: [] }] }, 0);
    expect(issueGrants(state, 200, () => 'g').map(({ victims }) => victims.map(({ signature }) => signature))).to.deep.equal([['a:4']]);
    state.seenBytes.set('d:3', 3).set('d:4', 4);
    expect(planFor(state, 'd:3').kind).to.equal('load');
    expect(planFor(state, 'd:4').kind).to.equal('busy');
  });

  it('loads nothing on the strength of room that is promised to another replica', () => {
    const state = stateOf({ maxRunners: 1, runners: { 'a:1': 0 } });
    watchOpened(state, 'r');
    setWants(state, 'r', { wants: [{ signature: 'b:1', priority: 0, virtual_time: 0, waiting: 1, waited_ms: 0, evict: [] }] }, 0);
    issueGrants(state, 200, () => 'g');
    expect(planFor(state, 'b:1').kind).to.equal('busy');
  });

  it('takes the size on disk for a model that was never loaded', () => {
    const state = stateOf({ vram: 10, runners: { 'a:4': 0 } });
    state.diskBytes = new Map([['new:1', 7]]);
    expect(describePlan(planFor(state, 'new:1'))).to.equal('evict a:4');
  });

  it('counts a model that is being loaded as a runner', () => {
    const state = stateOf({ maxRunners: 1, runners: {} });
    admit(state, { replica: 'r', signature: 'a:1' }, 0);
    expect(planFor(state, 'b:1').kind).to.equal('busy');
  });
});

function describePlan(plan: Plan): string {
  if (plan.kind === 'busy') return plan.reason;
  const victims = plan.kind === 'evict' ? plan.victims : plan.kind === 'replace' ? [plan.victim] : [];
  return [plan.kind, ...victims.map(({ signature }) => signature)].join(' ');
}

function stateOf({
  slots = 1,
  maxRunners,
  vram,
  digests = {},
  runners,
  draining = false,
  pinned = [],
}: Partial<Row> & Pick<Row, 'runners'>): GateState {
  const state = createGateState({ slots });
  state.digests = new Map(Object.entries(digests));
  Object.entries(runners).forEach(([signature, inFlight], index) => {
    const admission = admit(state, { replica: 'r', signature }, index);
    if (!admission.admitted || !admission.ticket.runner) throw new Error('the row is not possible');
    loaded(admission.ticket, 0);
    admission.ticket.runner.inFlight = inFlight;
  });
  state.maxRunners = maxRunners;
  state.maxRunnerBytes = vram;
  if (vram !== undefined)
    for (const name of [...Object.keys(runners), 'b:6', 'b:7', 'b:8', 'b:9', 'b:20']) state.seenBytes.set(name, Number(name.split(':')[1]));
  state.draining = draining;
  state.pinned = new Set(pinned);
  return state;
}
