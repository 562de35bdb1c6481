import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Agent } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import { ADMIN_KEY, type AttackedFleet, startAttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';

const PROGRAM = fileURLToPath(import.meta.resolve('#coordinator/main.js'));

describeAttack('redis', 'with the user that redis-acl made for an agent', (seen) => {
  let fleet: AttackedFleet;
  let agent: Agent;
  let other: Agent;
  let owner: Redis;
  let redis: Redis;
  let url: string;

  before(async () => {
    fleet = await startAttackedFleet({ agents: ['one', 'two'] });
    [agent, other] = (await fleet.listAgents()) as [Agent, Agent];
    owner = new Redis(fleet.redis.url);
    const args = [PROGRAM, 'redis-acl', '--url', fleet.url, '--key', ADMIN_KEY];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
    for (const line of stdout.trim().split('\n')) await owner.call(...(line.split(' ') as [string, ...string[]]));
    url = (new RegExp(`${agent.id}: AGENT_REDIS_URL=(\\S+)`).exec(stderr)?.[1] ?? '').replace(
      '<redis>:6379',
      `127.0.0.1:${fleet.redis.port}`,
    );
    redis = new Redis(url, { enableReadyCheck: false, retryStrategy: () => null });
    redis.on('error', () => undefined);
  });
  after(async () => {
    redis?.disconnect();
    owner?.disconnect();
    await fleet.close();
  });

  it('its own two keys may be written', async () => {
    const own = `{oc}:agent:${agent.id}`;
    expect(await redis.set(`${own}:alive`, 'x', 'PX', 60_000)).to.equal('OK');
    expect(await redis.xadd(`${own}:heartbeats`, 'MAXLEN', '~', 100, '*', 'data', '{}')).to.be.a('string');
    expect(await redis.del(`${own}:alive`)).to.equal(1);
  });

  it('everything else is NOPERM', async () => {
    const own = `{oc}:agent:${agent.id}`;
    const tries: readonly (readonly [string, ...(string | number)[]])[] = [
      ['KEYS', '*'],
      ['SCAN', 0],
      ['RANDOMKEY'],
      ['DBSIZE'],
      ['EVAL', 'return 1', 0],
      ['EVALSHA', 'a', 0],
      ['FUNCTION', 'LIST'],
      ['SCRIPT', 'LOAD', 'return 1'],
      ['CONFIG', 'GET', '*'],
      ['CONFIG', 'SET', 'dir', '/'],
      ['ACL', 'LIST'],
      ['ACL', 'WHOAMI'],
      ['ACL', 'SETUSER', 'evil', 'on'],
      ['INFO'],
      ['MONITOR'],
      ['CLIENT', 'LIST'],
      ['CLIENT', 'KILL', 'TYPE', 'normal'],
      ['SHUTDOWN', 'NOSAVE'],
      ['FLUSHALL'],
      ['FLUSHDB'],
      ['SAVE'],
      ['REPLICAOF', 'evil.example', 6379],
      ['MODULE', 'LIST'],
      ['SUBSCRIBE', 'x'],
      ['PUBLISH', 'x', 'y'],
      ['MULTI'],
      ['GET', `${own}:alive`],
      ['XRANGE', `${own}:heartbeats`, '-', '+'],
      ['XREAD', 'STREAMS', `${own}:heartbeats`, 0],
      ['HGETALL', own],
      ['HSET', own, 'approved', 1],
      ['DEL', own],
      ['SET', own, 'x'],
      ['SET', `${own}:alive`, 'x', 'GET'],
      ['XADD', `${own}:heartbeats:more`, '*', 'a', 'b'],
      ['SET', `{oc}:agent:${other.id}:alive`, 'x'],
      ['DEL', `{oc}:agent:${other.id}:alive`],
      ['XADD', `{oc}:agent:${other.id}:heartbeats`, '*', 'data', '{}'],
      ['XADD', '{oc}:heartbeats', '*', 'data', '{}'],
      ['XADD', '{oc}:events', '*', 'type', 'left'],
      ['XADD', '{oc}:api-keys:changes', '*', 'hash', 'x'],
      ['HGETALL', '{oc}:api-keys'],
      ['HSET', '{oc}:api-keys', 'hash', '{}'],
      ['SET', '{oc}:fleet-key', 'evil'],
      ['DEL', '{oc}:join-token'],
      ['HGETALL', '{oc}:join-tokens'],
      ['XADD', '{oc}:jobs:events', '*', 'a', 'b'],
      ['SET', '{oc}:jobs:meta', 'x'],
      ['DEL', '{oc}:jobs:wait'],
    ];
    for (const [command, ...args] of tries) {
      const answer = await redis.call(command, ...args).catch((error: Error) => error.message);
      expect(String(answer), `${command} ${args.join(' ')}`).to.match(/^NOPERM/);
      seen('NOPERM');
    }
  });

  it('an agent that publishes with it is online', async () => {
    const { ollama } = await fleet.addAgent({
      name: 'one again',
      ollama: {},
      env: { AGENT_JOIN_TOKEN: 'attacked-join-token-0123456789' },
    });
    const added = (await fleet.listAgents()).find(({ name }) => name === 'one again') as Agent;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, 'redis-acl', added.id]);
    await owner.call(...(stdout.trim().split(' ') as [string, ...string[]]));
    const own = (/AGENT_REDIS_URL=(\S+)/.exec(stderr)?.[1] ?? '').replace('<redis>:6379', `127.0.0.1:${fleet.redis.port}`);
    await fleet.agents.find(({ name }) => name === 'one again')?.program.stop();
    await fleet.addAgent({ name: 'one again', ollama: ollama?.url ?? '', env: { AGENT_REDIS_URL: own } });
    await eventually(async () => (await owner.xlen(`{oc}:agent:${added.id}:heartbeats`)) > 2);
    await ollama?.close();
  });
});
