import { AppError, coordinatorConfigSchema, type SettingsView, settingsSchema, silentLogger } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createSettings } from '#coordinator/settings/create-settings.js';
import type { SettingsStore, StoredSettings } from '#coordinator/settings/settings-store.js';
import { eventually } from '../../../support/eventually.js';
import { createManualClock } from '../../../support/manual-clock.js';

/** What Redis would keep, and whether it answers. */
function createFakeStore() {
  let stored: StoredSettings = { revision: 0, values: new Map() };
  const store = {
    isAway: false,
    reads: 0,
    stored: () => stored,
    lose() {
      stored = { revision: 0, values: new Map() };
    },
    async read() {
      store.reads += 1;
      if (store.isAway) throw new Error('away');
      return stored;
    },
    async change(changes: ReadonlyMap<string, string | undefined>) {
      if (store.isAway) throw new Error('away');
      const values = new Map(stored.values);
      for (const [name, json] of changes) {
        if (json === undefined) values.delete(name);
        else values.set(name, json);
      }
      stored = { revision: stored.revision + 1, values };
      return stored.revision;
    },
    async restore(lost: StoredSettings) {
      if (stored.revision < lost.revision) stored = lost;
    },
  };
  return store satisfies SettingsStore & Record<string, unknown>;
}

function setUp(store = createFakeStore(), given: object = {}) {
  const clock = createManualClock();
  const config = coordinatorConfigSchema.parse({ queueLimit: 7, ...given });
  const origins = new Map([['queueLimit', { source: 'environment' as const, name: 'COORDINATOR_QUEUE_LIMIT' }]]);
  const settings = createSettings({ config, origins, store, replicaId: 'r1', clock, log: silentLogger });
  const shown = (name: string) => settingsSchema.parse(settings.show()).settings.find((one) => one.name === name);
  return { settings, store, clock, shown };
}
async function refusal(run: Promise<unknown>): Promise<AppError> {
  const failure = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof AppError)) throw new Error(`expected an AppError, got ${String(failure)}`);
  return failure;
}
/** A plugin loader that refuses balancers named "bad", and tells what becomes of the others. */
function followBalancers(settings: ReturnType<typeof setUp>['settings']) {
  const told: string[] = [];
  settings.prepareWith('balancers', async (balancers, isChanged) => {
    const names = isChanged ? balancers.map(({ name }) => name).join('+') : 'configured';
    if (names.includes('bad')) throw new Error(`the balancer "${names}" cannot be used`);
    return { commit: () => void told.push(names), discard: () => void told.push(`not ${names}`) };
  });
  return told;
}

describe('createSettings', () => {
  it('has the configured values in force, and says where each comes from', () => {
    const { settings, shown } = setUp();
    expect(settings.values).to.include({ queueLimit: 7, maxAttempts: 3 });
    expect(shown('queue_limit')).to.include({ value: 7, source: 'environment', origin: 'COORDINATOR_QUEUE_LIMIT', runtime: true });
    expect(shown('max_attempts')).to.include({ value: 3, source: 'default' });
    expect(shown('port')).to.include({ value: 8080, runtime: false });
  });
  it('changes a value, for all replicas, and goes back to the configured one', async () => {
    const { settings, store, shown } = setUp();
    await settings.change({ queue_limit: 9, hand_over: 'off' });
    expect(settings.values).to.include({ queueLimit: 9, handOver: 'off' });
    expect(shown('queue_limit')).to.deep.include({ value: 9, source: 'runtime', configured: 7 });
    expect(Object.fromEntries(store.stored().values)).to.deep.equal({ queue_limit: '9', hand_over: '"off"' });
    await settings.change({ queue_limit: null });
    expect(settings.values).to.include({ queueLimit: 7, handOver: 'off' });
    expect(shown('queue_limit')).to.include({ value: 7, source: 'environment' });
    expect(settings.show().revision).to.equal(2);
  });
  it('keeps one object of values, whose fields change', async () => {
    const { settings } = setUp();
    const { values } = settings;
    await settings.change({ queue_limit: 9 });
    expect(values.queueLimit).to.equal(9);
  });

  const bad: Record<string, [patch: Record<string, unknown>, says: RegExp]> = {
    'a value of the wrong kind': [{ queue_limit: 'many' }, /queue_limit: must be a whole number/],
    'a value out of range': [{ max_attempts: 99 }, /max_attempts: must be at most 10/],
    'a setting of the start': [{ port: 1 }, /port: takes effect at a start only/],
    'a name that is no setting': [{ prot: 1 }, /"prot" is not a setting/],
    'no setting': [{}, /names no setting/],
    'a bad weight, with its path': [{ balancers: [{ name: 'a' }, { name: 'b', weight: 0 }] }, /balancers\[1\]\.weight: /],
    'no balancers': [{ balancers: [] }, /balancers: must not be empty/],
    'several at once, each named': [{ prot: 1, queue_limit: -1 }, /"prot" is not a setting; queue_limit: must be at least 0/],
  };
  for (const [what, [patch, says]] of Object.entries(bad)) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const { settings, store } = setUp();
      const isEmpty = Object.keys(patch).length === 0;
      const failure = await refusal(settings.change(isEmpty ? patch : { ...patch, hand_over: 'off' }));
      expect(failure.code).to.equal('BAD_REQUEST');
      expect(failure.message).to.match(says);
      expect(settings.values.handOver).to.equal('auto');
      expect(store.stored().revision).to.equal(0);
    });
  }

  it('uses balancers only once they are loaded, and refuses those that cannot be', async () => {
    const { settings, store, shown } = setUp();
    const told = followBalancers(settings);
    await settings.change({ balancers: [{ name: 'good' }] });
    expect(told).to.deep.equal(['good']);
    expect(shown('balancers')?.value).to.deep.equal([{ name: 'good', weight: 1, options: {} }]);
    const failure = await refusal(settings.change({ balancers: [{ name: 'bad' }], queue_limit: 9 }));
    expect([failure.code, failure.message]).to.deep.equal(['BAD_REQUEST', 'balancers: the balancer "bad" cannot be used']);
    expect(settings.values.queueLimit).to.equal(7);
    expect(store.stored().revision).to.equal(1);
    await settings.change({ balancers: null });
    expect(told).to.deep.equal(['good', 'configured']);
  });
  it('says so when Redis is away, and changes nothing', async () => {
    const { settings, store } = setUp();
    const told = followBalancers(settings);
    store.isAway = true;
    expect((await refusal(settings.change({ balancers: [{ name: 'good' }] }))).code).to.equal('SETTINGS_UNAVAILABLE');
    expect(told).to.deep.equal(['not good']);
    expect(settings.changed.size).to.equal(0);
  });

  it('adopts at its start what operators changed before', async () => {
    const { store, settings: other } = setUp();
    await other.change({ queue_limit: 9 });
    const { settings } = setUp(store);
    await settings.start();
    expect(settings.values.queueLimit).to.equal(9);
    await settings.stop();
  });
  it('adopts what another replica changes, when it is told and by itself', async () => {
    const { store, settings: other } = setUp();
    const { settings, clock } = setUp(store);
    const told = followBalancers(settings);
    await settings.start();
    await other.change({ balancers: [{ name: 'good' }], queue_limit: 9 });
    settings.readSoon();
    await eventually(() => settings.values.queueLimit === 9);
    await other.change({ queue_limit: 10 });
    clock.advance(5000);
    await eventually(() => settings.values.queueLimit === 10);
    expect(told).to.deep.equal(['good']);
    await settings.stop();
  });
  it('keeps what it has where another replica’s value cannot be used here, says why, and adopts the rest', async () => {
    const { store, settings: other } = setUp();
    const { settings, shown } = setUp(store);
    const told = followBalancers(settings);
    await settings.start();
    await other.change({ balancers: [{ name: 'bad' }], queue_limit: 9 });
    settings.readSoon();
    await eventually(() => settings.values.queueLimit === 9);
    await eventually(() => shown('balancers')?.problem === 'the balancer "bad" cannot be used');
    expect(shown('balancers')).to.include({ source: 'default' });
    expect(told).to.deep.equal([]);
    await other.change({ balancers: [{ name: 'good' }] });
    settings.readSoon();
    await eventually(() => told.includes('good'));
    expect(shown('balancers')?.problem).to.equal(undefined);
    await settings.stop();
  });
  it('gives back what Redis lost', async () => {
    const { settings, store } = setUp();
    await settings.start();
    await settings.change({ queue_limit: 9 });
    const before = store.stored();
    store.lose();
    settings.readSoon();
    await eventually(() => store.stored().revision === before.revision);
    expect(store.stored()).to.deep.equal(before);
    expect(settings.values.queueLimit).to.equal(9);
    await settings.stop();
  });
  it('does not take one change before the other', async () => {
    const { settings } = setUp();
    const order: string[] = [];
    settings.prepareWith('balancers', async (balancers) => {
      const name = balancers[0]?.name ?? '';
      order.push(`begin ${name}`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`end ${name}`);
      return { commit: () => undefined, discard: () => undefined };
    });
    await Promise.all(['a', 'b'].map((name) => settings.change({ balancers: [{ name }] })));
    expect(order).to.deep.equal(['begin a', 'end a', 'begin b', 'end b']);
  });
});

describe('what is shown of settings', () => {
  const view = (given: object): SettingsView => setUp(createFakeStore(), given).settings.show();
  it('is no secret', () => {
    const secrets = {
      clusterSecret: 'hunter2-hunter2-hunter2',
      adminKey: 'hunter2-hunter2-hunter2',
      joinToken: 'hunter2-hunter2',
      redisUrl: 'redis://user:hunter2@redis:6379',
      ollamaUrls: { nas: 'http://me:hunter2@nas:11434' },
    };
    const text = JSON.stringify(view(secrets));
    expect(text).to.not.include('hunter2');
    expect(text).to.include('http://***@nas:11434');
    expect(view(secrets).settings.find(({ name }) => name === 'cluster_secret')).to.include({ value: '***', secret: true });
    expect(view({}).settings.find(({ name }) => name === 'cluster_secret')).to.not.have.property('value');
  });
  it('is no single balancer where several decide', async () => {
    expect(view({ balancers: [{ name: 'tiers' }] }).settings.find(({ name }) => name === 'balancer')).to.not.have.property('value');
    expect(view({}).settings.find(({ name }) => name === 'balancer')).to.have.property('value');
  });
  it('are all settings, each with its sentence', () => {
    const { settings } = view({});
    expect(settings).to.have.lengthOf(Object.keys(coordinatorConfigSchema.shape).length);
    for (const { description, name } of settings) expect(description, name).to.match(/\w/);
  });
});
