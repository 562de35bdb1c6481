import type { FleetEvent, Queue, SettingsView, ShownSetting } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { readAsDescribed } from '../../support/openapi-contract.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 2000, loadMs: 10 }] } as const;

describe('settings that change while two coordinators run', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      replicas: 2,
      env: {
        COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-test-only',
        COORDINATOR_QUEUE_LIMIT: '77',
        COORDINATOR_BALANCER: 'round-robin',
      },
      agents: ['one', 'two'].map((name) => ({ name, ollama: OLLAMA, env: { AGENT_LABELS: `room=${name}` } })),
    });
  });
  after(() => fleet.close());

  const url = (index: number) => `${fleet.coordinators[index]?.url}/api/coordinator/settings`;
  const patch = async (index: number, body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url(index), { method: 'PATCH', headers, body: JSON.stringify(body) });
    return { status: response.status, body: await readAsDescribed(response, 'PATCH /api/coordinator/settings') };
  };
  const settingAt = async (index: number, name: string): Promise<ShownSetting | undefined> => {
    const view = (await readAsDescribed(await fetch(url(index)), 'GET /api/coordinator/settings')) as SettingsView;
    return view.settings.find((one) => one.name === name);
  };
  const ask = async (index: number) => {
    const body = JSON.stringify({ model: 'tiny', prompt: 'x', stream: false, options: { num_predict: 1 } });
    const response = await fetch(`${fleet.coordinators[index]?.url}/api/generate`, { method: 'POST', body });
    await response.text();
    return { agent: response.headers.get('x-coordinator-agent'), why: response.headers.get('x-coordinator-why') };
  };
  const filter = [{ name: 'label-filter', options: { rules: [{ require: { room: 'two' } }] } }, { name: 'round-robin' }];

  it('are shown with their sources, and no secret among them', async () => {
    expect(await settingAt(0, 'queue_limit')).to.include({ value: 77, source: 'environment', origin: 'COORDINATOR_QUEUE_LIMIT' });
    expect(await settingAt(0, 'balancer')).to.include({ value: 'round-robin', source: 'environment' });
    expect(await settingAt(0, 'cluster_secret')).to.include({ value: '***', source: 'environment' });
    expect(await settingAt(0, 'stall_timeout_ms')).to.include({ value: 30_000, source: 'default', unit: 'ms' });
  });
  it('decide at once at the replica that was asked, within a second at the other', async () => {
    expect((await ask(0)).why).to.match(/^round-robin: /);
    const changed = await patch(0, { balancers: filter, queue_limit: 5 });
    expect(changed.status).to.equal(200);
    expect(await ask(0)).to.deep.equal({ agent: 'two', why: 'label-filter+round-robin: its turn among 1' });
    await eventually(async () => expect(await ask(1)).to.deep.equal({ agent: 'two', why: 'label-filter+round-robin: its turn among 1' }), {
      withinMs: 1000,
    });
    for (const index of [0, 1]) {
      expect(await settingAt(index, 'queue_limit')).to.deep.include({ value: 5, source: 'runtime', configured: 77 });
      expect(((await (await fetch(url(index))).json()) as SettingsView).revision).to.equal(1);
    }
    const queue = (await (await fetch(`${fleet.coordinators[1]?.url}/api/coordinator/queue`)).json()) as Queue;
    expect(queue.replicas.map(({ limit }) => limit)).to.deep.equal(queue.replicas.map(() => 5));
  });
  it('are announced as one event', async () => {
    const { events } = (await (await fetch(`${fleet.url}/api/coordinator/events`)).json()) as { events: FleetEvent[] };
    expect(events.filter(({ type }) => type === 'setting_changed').map(({ detail }) => detail)).to.deep.equal(['balancers, queue_limit']);
  });
  it('are refused where a plugin cannot be used or an option is wrong, with its path, and nothing changes', async () => {
    for (const [balancers, says] of [
      [[{ name: 'nope' }], /the balancer "nope" \(balancers\[0\]\) cannot be used: it was not found/],
      [[{ name: 'tiers' }, { name: 'load-based', options: { avoidat: 1 } }], /balancers\[1\]\.options: .*avoidat/],
      [[{ name: 'round-robin' }, { name: 'power-of-two' }], /"power-of-two" \(balancers\[1\]\) .* so does "round-robin"/],
    ] as const) {
      const { status, body } = await patch(1, { balancers });
      expect(status).to.equal(400);
      expect((body as { error: string }).error).to.match(says);
    }
    expect((await ask(1)).why).to.match(/^label-filter\+round-robin/);
  });
  it('are still in force after a restart', async () => {
    await fleet.restartCoordinator(1);
    await eventually(async () => expect((await ask(1)).agent).to.equal('two'));
    expect(await settingAt(1, 'balancers')).to.include({ source: 'runtime' });
  });
  it('go back to what is configured', async () => {
    expect((await patch(1, { balancers: null, queue_limit: null })).status).to.equal(200);
    for (const index of [1, 0]) {
      await eventually(async () => expect((await ask(index)).why).to.match(/^round-robin: /));
      expect(await settingAt(index, 'queue_limit')).to.include({ value: 77, source: 'environment' });
    }
  });
  it('cannot be changed while Redis is away, and are changed when it is back', async () => {
    await fleet.redis.kill();
    await eventually(async () => expect((await patch(0, { queue_limit: 6 })).status).to.equal(503), { withinMs: 10_000 });
    expect(await settingAt(0, 'queue_limit')).to.include({ value: 77 });
    await fleet.redis.restart();
    await eventually(async () => expect((await patch(0, { queue_limit: 6 })).status).to.equal(200), { withinMs: 10_000 });
    await eventually(async () => expect(await settingAt(1, 'queue_limit')).to.include({ value: 6 }), { withinMs: 10_000 });
  });
});
