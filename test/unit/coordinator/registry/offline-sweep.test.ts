import { silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createFleet, type Fleet } from '#coordinator/registry/create-fleet.js';
import { isSilent, OfflineSweep } from '#coordinator/registry/offline-sweep.js';
import { onlineEntry } from '../../../support/build-entry.js';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.js';

const TTL_MS = 15_000;

describe('isSilent', () => {
  const cases = [
    { what: 'heard within the TTL', entry: onlineEntry('a', { heardMs: 10_000 }), since: 0, now: 24_999, silent: false },
    { what: 'not heard for the TTL', entry: onlineEntry('a', { heardMs: 10_000 }), since: 0, now: 25_000, silent: true },
    { what: 'not heard, but we listen only lately', entry: onlineEntry('a', { heardMs: 0 }), since: 20_000, now: 30_000, silent: false },
    { what: 'offline already', entry: onlineEntry('a', { heardMs: 0, presence: 'offline' }), since: 0, now: 90_000, silent: false },
  ];
  for (const { what, entry, since, now, silent } of cases) {
    it(`says ${silent} of an agent ${what}`, () => expect(isSilent(entry, TTL_MS, since, now)).to.equal(silent));
  }
});

describe('OfflineSweep', () => {
  let clock: ManualClock;
  let fleet: Fleet;
  let ended: string[];
  let talking: boolean;
  let state: 'up' | 'down';
  let sweep: OfflineSweep;

  beforeEach(() => {
    clock = createManualClock();
    fleet = createFleet(silentLogger);
    ended = [];
    talking = false;
    state = 'up';
    const endPresence = async ({ id }: { id: string }) => {
      ended.push(id);
      return true;
    };
    sweep = new OfflineSweep(
      {
        fleet,
        store: { endPresence },
        clock,
        log: silentLogger,
        ttlMs: () => TTL_MS,
        redisState: () => state,
        talks: () => talking,
        refresh: async () => {},
      },
      TTL_MS,
    );
    fleet.put(onlineEntry('a', { heardMs: 0 }));
    sweep.start();
  });
  afterEach(() => sweep.stop());

  it('ends the presence of a silent agent once its TTL is over', async () => {
    clock.advance(TTL_MS - 1);
    expect(ended).to.deep.equal([]);
    clock.advance(1000);
    await sweep.stop();
    expect(ended).to.deep.equal(['a']);
    expect(fleet.entry('a')?.presence).to.equal('offline');
  });

  it('spares an agent that talks on its watch', () => {
    talking = true;
    clock.advance(3 * TTL_MS);
    expect(ended).to.deep.equal([]);
  });

  it('judges nobody before a full TTL of listening when this process was stopped', () => {
    clock.advance(1000);
    // The hands move on while no timer runs, as after SIGSTOP.
    Object.assign(clock, { monotonic: () => 31_000 });
    sweep.sweep();
    expect(ended).to.deep.equal([]);
    Object.assign(clock, { monotonic: () => 31_400 });
    sweep.sweep();
    expect(ended).to.deep.equal([]);
  });

  it('decides in memory while Redis is away, and only of agents that it heard itself', () => {
    state = 'down';
    fleet.put(onlineEntry('b', { heardMs: 0, heardDirectly: false }));
    clock.advance(TTL_MS + 1000);
    expect(['a', 'b'].map((id) => fleet.entry(id)?.presence)).to.deep.equal(['offline', 'online']);
    expect(ended).to.deep.equal([]);
  });
});
