import type { Agent, CreatedJoinToken, RegisterResponse } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { ADMIN_KEY, type AttackedFleet, JOIN_TOKEN, startAttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';

const NEWER = Date.now() + 1_000_000;

describeAttack('impersonation', 'a stranger with and without a join token', (seen) => {
  let fleet: AttackedFleet;
  let victim: Agent;

  before(async () => {
    fleet = await startAttackedFleet();
    victim = (await fleet.listAgents())[0] as Agent;
  });
  after(() => fleet.close());

  const body = (fields: object = {}) => ({ machine_name: 'stranger', ip_address: '127.0.0.1', port: 9, ...fields });
  const register = (fields: object, bearer?: string) => fleet.ask('POST', '/api/agents/register', bearer, body(fields));
  const registered = async (fields: object, bearer?: string) => {
    const answer = await register(fields, bearer);
    expect(answer.status).to.equal(200);
    return (await answer.json()) as RegisterResponse;
  };
  const beat = (bearer: string | undefined, fields: object) => fleet.ask('POST', '/api/health', bearer, fields);
  const refused = async (answer: Promise<Response>, status: number) => {
    const { status: got } = await answer;
    expect(got).to.equal(status);
    seen(got);
  };
  const makeToken = async (fields: object) => {
    const answer = await fleet.ask('POST', '/api/coordinator/join-tokens', ADMIN_KEY, { name: 'for a test', ...fields });
    expect(answer.status).to.equal(201);
    return (await answer.json()) as CreatedJoinToken;
  };
  const one = async (id: string) => (await fleet.listAgents()).find((agent) => agent.id === id);

  it('registers without a token, with a wrong one, with an API key for one', async () => {
    for (const token of [undefined, 'wrong-token', '', ADMIN_KEY])
      await refused(register({ agent_id: 'stranger', ...(token === undefined ? {} : { join_token: token }) }), 401);
    await refused(register({ agent_id: 'stranger' }, ADMIN_KEY), 401);
  });

  it('takes over another agent’s id, although it has the join token', async () => {
    const own = await registered({ agent_id: 'stranger', incarnation: 1, keeps_credential: true, join_token: JOIN_TOKEN });
    await refused(register({ agent_id: victim.id, incarnation: NEWER, join_token: JOIN_TOKEN }), 401);
    await refused(register({ agent_id: victim.id, incarnation: NEWER, join_token: JOIN_TOKEN }, own.token), 401);
    await refused(register({ agent_id: victim.id, incarnation: victim.incarnation, join_token: JOIN_TOKEN }), 401);
    expect(await one(victim.id)).to.include({ address: victim.address, incarnation: victim.incarnation });
  });

  it('heartbeats for another agent, with a forged credential, with one of an older start', async () => {
    const first = await registered({ agent_id: 'twice', incarnation: 1, keeps_credential: true, join_token: JOIN_TOKEN });
    const forged = `${first.token.split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`;
    await refused(beat(first.token, { agent_id: victim.id, incarnation: victim.incarnation, sequence: 1_000_000 }), 401);
    await refused(beat(forged, { agent_id: 'twice', incarnation: 1 }), 401);
    await refused(beat(undefined, { agent_id: 'twice', incarnation: 1 }), 401);
    await registered({ agent_id: 'twice', incarnation: 2, keeps_credential: true }, first.token);
    await refused(beat(first.token, { agent_id: 'twice', incarnation: 1, sequence: 1 }), 409);
    await refused(beat(first.token, { agent_id: 'twice', incarnation: 2, sequence: 1 }), 401);
  });

  it('replays a heartbeat, and registers an old start again', async () => {
    const { token } = await registered({ agent_id: 'replayed', incarnation: 5, keeps_credential: true, join_token: JOIN_TOKEN });
    const report = { agent_id: 'replayed', incarnation: 5, sequence: 2, metrics: { cpu: 0.5 } };
    expect((await beat(token, report)).status).to.equal(200);
    expect((await beat(token, { ...report, metrics: { cpu: 0.9 } })).status).to.equal(200);
    expect((await one('replayed'))?.metrics.cpu).to.equal(0.5);
    seen('replay changes nothing');
    await refused(register({ agent_id: 'replayed', incarnation: 4, keeps_credential: true }, token), 409);
  });

  it('comes back with a credential that was replaced', async () => {
    const first = await registered({ agent_id: 'back', incarnation: 1, keeps_credential: true, join_token: JOIN_TOKEN });
    const second = await registered({ agent_id: 'back', incarnation: 2, keeps_credential: true }, first.token);
    // The answer may have been lost: until the first heartbeat the one before is good.
    await registered({ agent_id: 'back', incarnation: 2, keeps_credential: true }, first.token);
    expect((await beat(second.token, { agent_id: 'back', incarnation: 2, sequence: 1 })).status).to.equal(200);
    await refused(register({ agent_id: 'back', incarnation: 3, keeps_credential: true, join_token: JOIN_TOKEN }, first.token), 401);
  });

  it('uses a join token twice, after it expired, after it was revoked', async () => {
    const once = await makeToken({ name: 'once' });
    await registered({ agent_id: 'joins-1', incarnation: 1, keeps_credential: true, join_token: once.token });
    await registered({ agent_id: 'joins-1', incarnation: 1, keeps_credential: true, join_token: once.token });
    await refused(register({ agent_id: 'joins-2', join_token: once.token }), 401);
    await refused(register({ agent_id: 'joins-1', incarnation: 2, keeps_credential: true, join_token: once.token }), 401);
    const short = await makeToken({ name: 'short', uses: null, expires_at: new Date(Date.now() + 200).toISOString() });
    await eventually(async () => (await register({ agent_id: 'joins-3', join_token: short.token })).status === 401);
    seen(401);
    const revoked = await makeToken({ name: 'revoked', uses: null });
    await registered({ agent_id: 'joins-4', join_token: revoked.token });
    expect((await fleet.ask('DELETE', `/api/coordinator/join-tokens/${revoked.id}`, ADMIN_KEY)).status).to.equal(204);
    await refused(register({ agent_id: 'joins-5', join_token: revoked.token }), 401);
  });

  it('races twenty agents for a token that three may use', async () => {
    const { token } = await makeToken({ name: 'three', uses: 3 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => register({ agent_id: `race-${index}`, incarnation: 1, join_token: token })),
    );
    expect(answers.filter(({ status }) => status === 200)).to.have.length(3);
    seen(401, answers.filter(({ status }) => status === 401).length);
  });

  it('serves before it is approved', async () => {
    const { token: join } = await makeToken({ name: 'approved', approve: true });
    const { token } = await registered({ agent_id: 'waiting', incarnation: 1, keeps_credential: true, join_token: join });
    const models = [{ name: 'only-there:latest', digest: 'd', size_bytes: 1, modified_at: '' }];
    expect((await beat(token, { agent_id: 'waiting', incarnation: 1, sequence: 1, models_digest: 'd', models })).status).to.equal(200);
    expect(await one('waiting')).to.include({ status: 'joining', admission: 'waiting' });
    const ask = () => fleet.ask('POST', '/api/chat', ADMIN_KEY, { model: 'only-there', messages: [] });
    await refused(ask(), 503);
    expect((await fleet.ask('POST', '/api/agents/waiting/approve', ADMIN_KEY)).status).to.equal(200);
    expect((await one('waiting'))?.admission).to.equal(undefined);
  });

  it('goes on after its credential was rotated, and after it was revoked', async () => {
    const first = await registered({ agent_id: 'turned', incarnation: 1, keeps_credential: true, join_token: JOIN_TOKEN });
    expect((await beat(first.token, { agent_id: 'turned', incarnation: 1, sequence: 1 })).status).to.equal(200);
    expect((await fleet.ask('POST', '/api/agents/turned/rotate', ADMIN_KEY)).status).to.equal(200);
    await refused(beat(first.token, { agent_id: 'turned', incarnation: 1, sequence: 2 }), 401);
    const second = await registered({ agent_id: 'turned', incarnation: 1, keeps_credential: true }, first.token);
    expect((await beat(second.token, { agent_id: 'turned', incarnation: 1, sequence: 3 })).status).to.equal(200);
    await refused(register({ agent_id: 'turned', incarnation: 1, keeps_credential: true, join_token: JOIN_TOKEN }, first.token), 401);
    expect((await fleet.ask('POST', '/api/agents/turned/revoke', ADMIN_KEY)).status).to.equal(200);
    await refused(beat(second.token, { agent_id: 'turned', incarnation: 1, sequence: 4 }), 401);
    await refused(register({ agent_id: 'turned', incarnation: 2, keeps_credential: true, join_token: JOIN_TOKEN }, second.token), 403);
    expect(await one('turned')).to.include({ status: 'offline', admission: 'revoked' });
  });

  it('a real agent comes back without its join token, after a rotation, and not after a revocation', async () => {
    expect((await fleet.ask('POST', `/api/agents/${victim.id}/rotate`, ADMIN_KEY)).status).to.equal(200);
    // One heartbeat may have been under way; the next one has the new credential, which is kept by then.
    for (const _ of ['under way', 'with the new one']) {
      const seenAt = (await one(victim.id))?.last_seen_at ?? '';
      await eventually(async () => ((await one(victim.id))?.last_seen_at ?? '') > seenAt);
    }
    await fleet.agents[0]?.program.stop();
    await fleet.restartAgent('one');
    expect(await one(victim.id)).to.include({ status: 'online' });
    expect((await fleet.ask('POST', `/api/agents/${victim.id}/revoke`, ADMIN_KEY)).status).to.equal(200);
    await refused(fleet.ask('POST', '/api/generate', ADMIN_KEY, { model: 'tiny', prompt: 'x' }), 503);
  });
});
