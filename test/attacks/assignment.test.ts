import { type Agent, MAX_JSON_DEPTH, type RegisterResponse } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { type AttackedFleet, JOIN_TOKEN } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';
import { sharedFleet } from './support/shared-fleet.js';

const AGENT = { agent_id: 'mallory', incarnation: 1 };
const REGISTRATION = { ...AGENT, machine_name: 'mallory', ip_address: '127.0.0.1', port: 9, join_token: JOIN_TOKEN };
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describeAttack('assignment', 'what a registered agent sends that no agent would', (seen) => {
  let fleet: AttackedFleet;
  let token: string;

  before(async () => {
    fleet = await sharedFleet();
    const answer = await fleet.ask('POST', '/api/agents/register', undefined, REGISTRATION);
    expect(answer.status).to.equal(200);
    ({ token } = (await answer.json()) as RegisterResponse);
  });

  const stored = async () => (await fleet.listAgents()).find(({ id }) => id === AGENT.agent_id) as Agent;
  const refused = async (path: string, body: unknown, about: string) => {
    const { status } = await fleet.ask('POST', path, token, body);
    expect([400, 413], about).to.include(status);
    seen(status);
  };

  it('fields that are an operator’s or the coordinator’s are not taken', async () => {
    const claims = {
      weight: 1000,
      tier: 0,
      draining: false,
      approved: true,
      operator: { weight: 9 },
      presence: 'online',
      generation: 7,
      admin: true,
    };
    const again = await fleet.ask('POST', '/api/agents/register', undefined, { ...REGISTRATION, ...claims, needsApproval: false });
    expect(again.status).to.equal(200);
    expect(
      (await fleet.ask('POST', '/api/health', token, { ...AGENT, sequence: 1, weight: 1000, status: 'online', name: 'x' })).status,
    ).to.equal(200);
    expect(await stored()).to.deep.include({ weight: 1, tier: 0, name: 'mallory' });
    seen('not taken');
  });

  it('numbers that are none', async () => {
    for (const text of ['-1', '1e308', '1e999', '-0.0001', '"0.5"', 'null', '[]', '{}', '1.5', '9007199254740993e10']) {
      await refused('/api/health', `{"agent_id":"mallory","incarnation":1,"metrics":{"cpu":${text}}}`, `cpu ${text}`);
      await refused(
        '/api/agents/register',
        JSON.stringify(REGISTRATION).replace('"port":9', `"port":${text === 'null' ? '-5' : text}`),
        `port ${text}`,
      );
    }
    for (const text of ['NaN', 'Infinity', '-Infinity', '0x10', '.5', '01'])
      await refused('/api/health', `{"agent_id":"mallory","incarnation":1,"metrics":{"cpu":${text}}}`, text);
    await refused('/api/health', { ...AGENT, in_flight: { r: -1 } }, 'in flight');
    await refused('/api/health', { ...AGENT, in_flight: { r: 1e308 } }, 'in flight');
    await refused('/api/agents/register', { ...REGISTRATION, slots: 0 }, 'slots');
    await refused('/api/agents/register', { ...REGISTRATION, incarnation: -1 }, 'incarnation');
  });

  it('names that JavaScript takes for something else', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const registered = await fleet.ask(
        'POST',
        '/api/agents/register',
        undefined,
        `{"agent_id":"mallory","incarnation":1,"machine_name":"m","ip_address":"127.0.0.1","port":9,"join_token":"${JOIN_TOKEN}","labels":{"${name}":"polluted"}}`,
      );
      expect([200, 400]).to.include(registered.status);
      seen(registered.status === 400 ? 400 : 'not taken');
      const answer = await fleet.ask(
        'POST',
        '/api/health',
        token,
        `{"agent_id":"mallory","incarnation":1,"sequence":5,"${name}":{"polluted":"yes"},"in_flight":{"${name}":3},"metrics":{"${name}":{"polluted":"yes"}}}`,
      );
      expect([200, 400]).to.include(answer.status);
      expect(JSON.stringify(await fleet.listAgents())).to.not.contain('polluted');
      seen(answer.status === 400 ? 400 : 'not taken');
    }
  });

  it('JSON that is deep, long, or full of names', async () => {
    await refused('/api/health', `{"agent_id":"mallory","incarnation":1,"extra":${deep(MAX_JSON_DEPTH + 1)}}`, 'a little too deep');
    await refused('/api/health', `{"agent_id":"mallory","incarnation":1,"extra":${deep(1_000_000)}}`, 'deep');
    await refused('/api/agents/register', deep(400_000), 'deep');
    const names = Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":1`).join(',');
    await refused('/api/health', `{"agent_id":"mallory","incarnation":1,"in_flight":{${names}}}`, 'a million names');
    const some = Array.from({ length: 100_000 }, (_, index) => `"k${index}":1`).join(',');
    await refused('/api/health', `{"agent_id":"mallory","incarnation":1,"in_flight":{${some}}}`, 'a hundred thousand names');
    await refused(
      '/api/agents/register',
      { ...REGISTRATION, labels: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`l${index}`, 'x'])) },
      'labels',
    );
    await refused('/api/agents/register', { ...REGISTRATION, machine_name: 'x'.repeat(200) }, 'a long name');
    await refused('/api/agents/register', { ...REGISTRATION, machine_name: 'a\r\nb' }, 'a line end');
    await refused('/api/agents/register', { ...REGISTRATION, agent_id: 'a:b}' }, 'an id that would be another key');
    expect(Object.keys((await stored()).labels)).to.deep.equal([]);
  });

  it('the fleet serves on', async () => {
    const { key } = await fleet.createKey();
    expect((await fleet.ask('POST', '/api/generate', key, { model: 'tiny', prompt: 'x', stream: false })).status).to.equal(200);
    await fleet.ask('DELETE', '/api/agents/mallory', 'attacked-admin-key-0123456789');
  });
});
