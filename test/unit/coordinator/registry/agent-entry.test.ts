import { expect } from 'chai';
import {
  type AgentEntry,
  isReplay,
  isSameToRequests,
  needsModels,
  statusOf,
  toRecord,
  withHeartbeat,
  withRegistration,
  withWatchState,
} from '#coordinator/registry/agent-entry.js';
import { buildHeartbeat } from '../../../support/build-agent.js';
import { heardAt, joiningEntry, onlineEntry } from '../../../support/build-entry.js';

const LOAD = {
  state: 'ready',
  pause: undefined,
  runners: [],
  maxRunners: 3,
  maxRunnerBytes: 9e9,
  kept: undefined,
  inFlightByReplica: { one: 2 },
} as const;

describe('statusOf', () => {
  const online = onlineEntry();
  const cases: { what: string; entry: AgentEntry; status: string }[] = [
    { what: 'registered, not heard', entry: joiningEntry(), status: 'joining' },
    { what: 'heard', entry: online, status: 'online' },
    { what: 'heard, watch open', entry: { ...online, watch: 'open' }, status: 'online' },
    { what: 'heard, watch lost', entry: { ...online, watch: 'lost' }, status: 'suspect' },
    { what: 'not heard, watch lost', entry: { ...joiningEntry(), watch: 'lost' }, status: 'joining' },
    { what: 'drained by an operator', entry: { ...online, operator: { draining: true }, watch: 'lost' }, status: 'draining' },
    { what: 'draining by itself', entry: { ...online, load: { ...LOAD, state: 'draining' } }, status: 'draining' },
    { what: 'about to stop', entry: { ...online, leaving: true }, status: 'draining' },
    { what: 'paused', entry: { ...online, load: { ...LOAD, state: 'paused' } }, status: 'online' },
    { what: 'gone', entry: { ...online, presence: 'offline', operator: { draining: true } }, status: 'offline' },
  ];
  for (const { what, entry, status } of cases) {
    it(`calls an agent ${status} that is ${what}`, () => expect(statusOf(entry)).to.equal(status));
  }
});

describe('withRegistration', () => {
  const { registration } = joiningEntry();

  it('keeps all but the registration where the same start says something else', () => {
    const known = onlineEntry();
    const changed = { ...registration, address: 'http://10.0.0.8:1' };
    const entry = withRegistration(known, { id: 'alpha', incarnation: 1, registration: changed }, heardAt(2000));
    expect(entry).to.deep.equal({ ...known, registration: changed });
  });

  it('joins anew with a newer start, and keeps models, first registration and operator fields', () => {
    const known = onlineEntry('alpha', { operator: { name: 'Studio' }, watch: 'open', leaving: true });
    const entry = withRegistration(known, { id: 'alpha', incarnation: 2, registration }, heardAt(2000));
    expect(entry).to.deep.include({ presence: 'joining', sequence: 0, heartbeat: undefined, watch: 'none', leaving: false, heardMs: 2000 });
    expect(entry.models).to.equal(known.models);
    expect(entry).to.deep.include({ operator: { name: 'Studio' }, registeredAtMs: known.registeredAtMs });
  });
});

describe('withHeartbeat', () => {
  it('takes load, metrics and receipt, by our own clocks', () => {
    const body = buildHeartbeat({ sequence: 4, in_flight: { one: 3 }, max_runners: 2, max_runner_bytes: 8e9, state: 'paused' });
    const entry = withHeartbeat(joiningEntry(), body, heardAt(1500), true);
    expect(entry).to.deep.include({ presence: 'online', sequence: 4, heardMs: 1500, lastSeenAtMs: Date.UTC(2026, 0, 1) + 1500 });
    expect(entry.load).to.deep.equal({
      state: 'paused',
      pause: undefined,
      runners: [],
      maxRunners: 2,
      maxRunnerBytes: 8e9,
      kept: undefined,
      inFlightByReplica: { one: 3 },
    });
    expect(entry.heartbeat).not.to.have.property('models');
    expect([...entry.models.keys()]).to.deep.equal(['tiny:latest']);
  });

  it('keeps the map of models where none are sent, and where the digest is the same', () => {
    const known = onlineEntry();
    for (const models of [undefined, [{ name: 'tiny' }]]) {
      expect(withHeartbeat(known, buildHeartbeat({ sequence: 2, models }), heardAt(2000), true).models).to.equal(known.models);
    }
    const other = buildHeartbeat({ sequence: 2, models: [{ name: 'LLaMA3' }], models_digest: 'digest-2' });
    expect([...withHeartbeat(known, other, heardAt(2000), true).models.keys()]).to.deep.equal(['llama3:latest']);
  });

  it('does not undo what an open watch reported since', () => {
    const watched = withWatchState(onlineEntry(), LOAD, 1200);
    const entry = withHeartbeat(watched, buildHeartbeat({ sequence: 2, in_flight: { one: 9 } }), heardAt(1300), false);
    expect(entry.load.inFlightByReplica).to.deep.equal({ one: 2 });
    const unwatched = withHeartbeat(
      { ...watched, watch: 'lost' },
      buildHeartbeat({ sequence: 2, in_flight: { one: 9 } }),
      heardAt(1300),
      false,
    );
    expect(unwatched.load.inFlightByReplica).to.deep.equal({ one: 9 });
  });
});

describe('withHeartbeat, of an agent that paused or came back', () => {
  const pause = { by: 'owner', text: 'paused by its owner until 18:00' } as const;
  const paused = buildHeartbeat({ sequence: 2, state: 'paused', pause });

  it('tells why it is paused', () => {
    const entry = withHeartbeat(onlineEntry(), paused, heardAt(1300), true);
    expect(entry.load).to.deep.include({ state: 'paused', pause });
    expect(toRecord(entry).pause).to.deep.equal(pause);
  });

  it('does not undo what its watch has told, when the heartbeat was under way meanwhile', () => {
    const resumed = withWatchState(withHeartbeat(onlineEntry(), paused, heardAt(1000), true), LOAD, 1200);
    const late = withHeartbeat(resumed, buildHeartbeat({ sequence: 3, state: 'paused', pause }), heardAt(1300), true);
    expect(late.load).to.deep.include({ state: 'ready', pause: undefined });
    const unwatched = withHeartbeat({ ...resumed, watch: 'lost' }, { ...paused, sequence: 3 }, heardAt(1300), true);
    expect(unwatched.load).to.deep.include({ state: 'paused', pause });
  });
});

describe('isSameToRequests', () => {
  const runners = [{ model: 'tiny', signature: 'tiny' }];
  const known = withHeartbeat(onlineEntry(), buildHeartbeat({ sequence: 2, runners, in_flight: { one: 1 } }), heardAt(1100), true);
  const cases = [
    { what: 'other figures of the machine', fields: { metrics: { cpu: 0.9, gpus: [] } }, same: true },
    { what: 'another state', fields: { state: 'paused' as const }, same: false },
    { what: 'one request more', fields: { in_flight: { one: 2 } }, same: false },
    { what: 'another runner', fields: { runners: [] }, same: false },
    { what: 'other models', fields: { models: [], models_digest: 'digest-2' }, same: false },
  ];
  for (const { what, fields, same } of cases) {
    it(`says ${same} to ${what}`, () => {
      const body = buildHeartbeat({ sequence: 3, runners, in_flight: { one: 1 }, ...fields });
      expect(isSameToRequests(known, withHeartbeat(known, body, heardAt(1200), true))).to.equal(same);
    });
  }

  it('says false where the agent was away', () => {
    const away: AgentEntry = { ...known, presence: 'offline' };
    expect(isSameToRequests(away, withHeartbeat(away, buildHeartbeat({ sequence: 3 }), heardAt(1200), true))).to.equal(false);
  });
});

describe('isReplay', () => {
  for (const [known, sent, replay] of [
    [5, 6, false],
    [5, 5, true],
    [5, 4, true],
    [5, 0, false],
    [0, 1, false],
  ] as const) {
    it(`says ${replay} to sequence ${sent} after ${known}`, () =>
      expect(isReplay(joiningEntry('alpha', { sequence: known }), { sequence: sent })).to.equal(replay));
  }
});

describe('needsModels', () => {
  const cases = [
    { what: 'the digest held', fields: { models_digest: 'digest-1', models: undefined }, needs: false },
    { what: 'another digest', fields: { models_digest: 'digest-2', models: undefined }, needs: true },
    { what: 'another digest with its list', fields: { models_digest: 'digest-2', models: [] }, needs: false },
  ];
  for (const { what, fields, needs } of cases) {
    it(`says ${needs} to ${what}`, () => expect(needsModels(onlineEntry(), buildHeartbeat(fields))).to.equal(needs));
  }
});

describe('toRecord', () => {
  it('prefers what an operator decided, and the version that Ollama reports', () => {
    const heard = { ...buildHeartbeat(), ollama: { version: '0.32.15', up: true } };
    const entry = onlineEntry('alpha', { operator: { name: 'Studio', labels: { room: 'attic' }, weight: 2, tier: 3 }, heartbeat: heard });
    const wanted = { name: 'Studio', labels: { room: 'attic' }, weight: 2, tier: 3, ollamaVersion: '0.32.15', slots: 2 };
    expect(toRecord(entry)).to.deep.include(wanted);
    expect(toRecord(joiningEntry())).to.deep.include({
      name: 'alpha-machine',
      weight: 1,
      tier: 0,
      ollamaVersion: '0.11.4',
      state: undefined,
    });
  });
});
