import { expect } from 'chai';
import type { Placement } from '#coordinator/placement/placement-store.js';
import { type ReconcileInput, reconcile } from '#coordinator/placement/reconcile.js';
import type { AgentRecord } from '#coordinator/registry/fleet-snapshot.js';
import { anAgent, createScriptedFleet, modelsOnDisk } from '../../../support/scripted-fleet.js';

const GB = 1e9;
/** 4 GB on disk; its runner takes 4.8 GB where none was seen. */
const MODEL = 'llama3:latest';

function placement(over: Partial<Placement> = {}): Placement {
  return { id: 'p', model: 'llama3', replicas: 1, labels: {}, loaded: false, pinned: false, createdMs: 0, caller: 'me', ...over };
}

function agent(id: string, over: Partial<AgentRecord> = {}): AgentRecord {
  return anAgent({ id, kept: [], maxRunnerBytes: 10 * GB, ...over });
}

function withDisk(id: string, freeBytes: number, over: Partial<AgentRecord> = {}): AgentRecord {
  return agent(id, { metrics: { gpus: [], disk_free_bytes: freeBytes }, ...over });
}

function runner(model: string, sizeBytes: number): AgentRecord['runners'][number] {
  return { model, signature: model, digest: '', state: 'ready', slots: 1, in_flight: 0, size_bytes: sizeBytes, vram_bytes: sizeBytes };
}

function plan(agents: readonly AgentRecord[], placements: readonly Placement[], over: Partial<ReconcileInput> = {}) {
  const snapshot = createScriptedFleet(...agents).snapshot();
  return reconcile({ placements, snapshot, underWay: new Set(), resting: new Set(), ...over });
}

interface Row {
  readonly agents: readonly AgentRecord[];
  readonly placement?: Partial<Placement>;
  readonly over?: Partial<ReconcileInput>;
  /** Whom it is brought to. */
  readonly brings: readonly string[];
  /** Who is told to keep it in memory. */
  readonly keeps?: readonly string[];
  readonly state: 'met' | 'working' | 'short';
  readonly why?: RegExp;
}

const has = { models: modelsOnDisk(MODEL) };
const hasIt = { models: modelsOnDisk(MODEL), runners: [runner(MODEL, 5 * GB)] };
const loaded = { loaded: true };
const pinned = { loaded: true, pinned: true };

const rows: Readonly<Record<string, Row>> = {
  'nobody has it': { agents: [agent('a'), agent('b')], brings: ['a'], state: 'working' },
  'who has it is chosen first': { agents: [agent('a'), agent('b', has)], brings: [], state: 'met' },
  'a holder is gone: another gets it': { agents: [agent('a', { ...has, status: 'offline' }), agent('b')], brings: ['b'], state: 'working' },
  'a holder that drains does not count': {
    agents: [agent('a', { ...has, status: 'draining' }), agent('b')],
    brings: ['b'],
    state: 'working',
  },
  'it is under way already': {
    agents: [agent('a'), agent('b')],
    over: { underWay: new Set([`${MODEL} b`]) },
    brings: [],
    state: 'working',
  },
  'where it failed lately it is not tried again yet': {
    agents: [agent('a'), agent('b')],
    over: { resting: new Set(['p a']) },
    brings: ['b'],
    state: 'working',
  },
  'it failed lately everywhere': {
    agents: [agent('a')],
    over: { resting: new Set(['p a']) },
    brings: [],
    state: 'short',
    why: /a failed to get it a moment ago/,
  },
  'only with these labels': {
    agents: [agent('a', { labels: { room: 'lab' } }), agent('b', { labels: { room: 'attic' } })],
    placement: { labels: { room: 'attic' } },
    brings: ['b'],
    state: 'working',
  },
  'no agent with these labels': {
    agents: [agent('a')],
    placement: { labels: { room: 'attic' } },
    brings: [],
    state: 'short',
    why: /no agent that is online has these labels/,
  },
  'all with these labels': {
    agents: [agent('a', { labels: { room: 'lab' } }), agent('b', { labels: { room: 'lab' } }), agent('c')],
    placement: { replicas: 'all', labels: { room: 'lab' } },
    brings: ['a', 'b'],
    state: 'working',
  },
  'fewer agents than it wants': { agents: [agent('a', has)], placement: { replicas: 2 }, brings: [], state: 'short', why: /only 1 agents/ },
  'no agent at all': { agents: [], brings: [], state: 'short', why: /no agent is online/ },
  'a disk without room for it': {
    agents: [agent('a', { ...has, status: 'offline' }), withDisk('b', 3 * GB), withDisk('c', 5 * GB)],
    placement: { replicas: 2 },
    brings: ['c'],
    state: 'short',
    why: /b has not enough disk for it/,
  },
  'on disk, and to be loaded': { agents: [agent('a', has)], placement: loaded, brings: [], keeps: ['a'], state: 'working' },
  loaded: { agents: [agent('a', hasIt)], placement: loaded, brings: [], keeps: ['a'], state: 'met' },
  'who has it in memory is chosen before who has it on disk': {
    agents: [agent('a', has), agent('b', hasIt)],
    placement: loaded,
    brings: [],
    keeps: ['b'],
    state: 'met',
  },
  'it is on no disk yet: its size is not known, and nobody is told to load it': {
    agents: [agent('a')],
    placement: loaded,
    brings: ['a'],
    keeps: [],
    state: 'working',
  },
  'a memory that it does not fit into': {
    agents: [agent('a', { ...has, maxRunnerBytes: 4 * GB })],
    placement: pinned,
    brings: [],
    keeps: [],
    state: 'short',
    why: /a has not enough memory for it/,
  },
  'a memory that it does not fit into, as a runner of it has shown': {
    agents: [agent('a', { ...has, maxRunnerBytes: 6 * GB }), agent('b', { ...has, status: 'offline', runners: [runner(MODEL, 7 * GB)] })],
    placement: pinned,
    brings: [],
    keeps: [],
    state: 'short',
    why: /a has not enough memory for it/,
  },
  'an agent that cannot be told': {
    agents: [agent('a', { ...has, kept: undefined })],
    placement: loaded,
    brings: [],
    keeps: [],
    state: 'short',
    why: /a runs a version that cannot keep models/,
  },
};

describe('reconcile', () => {
  for (const [name, { agents, placement: rules = {}, over = {}, brings, keeps = [], state, why }] of Object.entries(rows)) {
    it(name, () => {
      const { bring, keep, states } = plan(agents, [placement(rules)], over);
      expect(bring.flatMap((one) => one.agents)).to.deep.equal(brings);
      expect([...keep.keys()]).to.deep.equal(keeps);
      expect(states[0]).to.include({ id: 'p', state });
      if (why !== undefined) expect(states[0]?.why).to.match(why);
    });
  }

  it('gives the older placement the memory that both want', () => {
    const both = { models: modelsOnDisk(MODEL, 'other:latest') };
    const { keep, states } = plan(
      [agent('a', { ...both, maxRunnerBytes: 6 * GB })],
      [placement({ ...pinned, id: 'first', model: 'other' }), placement({ ...pinned, id: 'second' })],
    );
    expect(keep.get('a')).to.deep.equal([{ model: 'other:latest', pinned: true }]);
    expect(states.map(({ id, state }) => `${id} ${state}`)).to.deep.equal(['first working', 'second short']);
  });

  it('never has an agent keep more runners than it may have', () => {
    const both = { models: modelsOnDisk(MODEL, 'other:latest'), maxRunners: 1 };
    const placements = [placement({ ...pinned, id: 'first', model: 'other' }), placement({ ...pinned, id: 'second' })];
    expect(plan([agent('a', { ...both, maxRunnerBytes: 100 * GB })], placements).keep.get('a')).to.have.lengthOf(1);
  });

  it('keeps what two placements want once, and pinned where one of them says so', () => {
    const { keep } = plan([agent('a', has)], [placement({ ...loaded, id: 'one' }), placement({ ...pinned, id: 'two' })]);
    expect(keep.get('a')).to.deep.equal([{ model: MODEL, pinned: true }]);
  });

  it('spreads two models that do not fit on one agent', () => {
    const both = { models: modelsOnDisk(MODEL, 'other:latest'), maxRunnerBytes: 6 * GB };
    const placements = [placement({ ...pinned, id: 'first', model: 'other' }), placement({ ...pinned, id: 'second' })];
    const { keep } = plan([agent('a', both), agent('b', both)], placements);
    expect([...keep.values()].map((kept) => kept.map(({ model }) => model))).to.deep.equal([['other:latest'], [MODEL]]);
  });
});
