import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import WebSocket from 'ws';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const ADMIN_KEY = 'test-admin-key-0123456789';
const JOIN_TOKEN = 'test-join-token-0123456789';
const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));

describe('a coordinator with keys', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_AUTH: 'on', COORDINATOR_ADMIN_KEY: ADMIN_KEY, COORDINATOR_JOIN_TOKEN: JOIN_TOKEN },
      agents: [{ name: 'one', env: { AGENT_JOIN_TOKEN: JOIN_TOKEN } }],
    });
  });
  after(() => fleet.close());

  const bearer = { authorization: `Bearer ${ADMIN_KEY}` };

  it('answers nothing but health and the page without a key', async () => {
    for (const path of ['/api/agents', '/api/tags', '/metrics', '/api/coordinator/requests', '/v1/models'])
      expect((await fetch(fleet.url + path)).status, path).to.equal(401);
    for (const path of ['/healthz', '/readyz', '/']) expect((await fetch(fleet.url + path)).status, path).to.equal(200);
  });

  it('answers with the key, as Bearer and as x-api-key', async () => {
    const body = { model: 'tiny', messages: [{ role: 'user', content: 'hi e' }], max_tokens: 2 };
    expect((await fleet.post('/v1/chat/completions', body, bearer)).status).to.equal(200);
    expect((await fleet.post('/v1/messages', body, { 'x-api-key': ADMIN_KEY })).status).to.equal(200);
    expect((await fleet.post('/v1/messages', body, { 'x-api-key': 'wrong' })).status).to.equal(401);
  });

  it('lets no agent in without the join token, nor a heartbeat without its credential', async () => {
    const registration = { machine_name: 'stranger', ip_address: '127.0.0.1', port: 1, ollama_version: '0', ollama_port: 1 };
    expect((await fleet.post('/api/agents/register', registration)).status).to.equal(401);
    expect((await fleet.post('/api/agents/register', { ...registration, join_token: 'wrong' })).status).to.equal(401);
    const [agent] = await fleet.listAgents();
    expect((await fleet.post('/api/health', { agent_id: agent?.id, incarnation: agent?.incarnation })).status).to.equal(401);
  });

  it('lets nobody but the coordinator use the agent’s port', async () => {
    const [agent] = await fleet.listAgents();
    const asked = fleet.agents[0]?.ollama?.requests.length;
    const response = await fetch(`${agent?.address}/api/generate`, { method: 'POST', body: '{"model":"tiny"}' });
    expect(response.status).to.equal(401);
    expect(fleet.agents[0]?.ollama?.requests.filter((request) => request.path === '/api/generate').length).to.be.at.most(asked ?? 0);
  });

  it('opens the dashboard’s socket for a key sent as a subprotocol, and for no one else', async () => {
    const open = (protocols: string[], origin?: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${fleet.url.replace('http', 'ws')}/ws/dashboard`, protocols, origin ? { origin } : {});
        socket.on('open', () => resolve('open'));
        socket.on('error', (error) => resolve(error.message));
        socket.on('open', () => socket.close());
      });
    expect(await open(['ollama-coordinator', `bearer.${ADMIN_KEY}`])).to.equal('open');
    expect(await open(['ollama-coordinator'])).to.match(/401/);
    expect(await open(['ollama-coordinator', `bearer.${ADMIN_KEY}`], 'http://evil.example')).to.match(/403/);
  });

  it('writes no key, token or prompt to its log', () => {
    const log = readFileSync(fleet.logFile(0), 'utf8');
    expect(log).to.include('request settled');
    for (const secret of [ADMIN_KEY, JOIN_TOKEN, 'hi e']) expect(log).to.not.include(secret);
  });
});

describe('a coordinator that cannot start', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), 'oc-start-'));
  const toml = join(folder, 'bad.toml');
  writeFileSync(toml, 'port = 8080\nprot = 1\n');

  const cases: readonly [string, Record<string, string>, string[], RegExp][] = [
    ['a bad value', { COORDINATOR_PORT: 'eighty' }, [], /COORDINATOR_PORT: must be a whole number from 0 to 65535, not "eighty"/],
    ['a flag out of range', {}, ['--agent-ttl-ms', '1'], /--agent-ttl-ms: must be at least 300/],
    ['an unknown key in the file', { COORDINATOR_CONFIG: toml }, [], /bad\.toml: "prot" is not a setting/],
    ['a file that is not there', { COORDINATOR_CONFIG: join(folder, 'none.toml') }, [], /none\.toml: ENOENT/],
    ['an unknown flag', {}, ['--prot', '1'], /--prot/],
    [
      'Redis that does not answer',
      { COORDINATOR_REDIS_URL: 'redis://user:secret@127.0.0.1:1' },
      [],
      /Redis at redis:\/\/\*\*\*@127\.0\.0\.1:1 does not answer .*COORDINATOR_REDIS_URL/,
    ],
    ['an unknown balancer', { COORDINATOR_BALANCER: 'nope' }, ['--redis', 'REDIS'], /the balancer "nope" \(.*\) cannot be used/],
  ];
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet();
  });
  after(async () => {
    await fleet.close();
    rmSync(folder, { recursive: true });
  });

  for (const [name, env, flags, sentence] of cases) {
    it(`says so in a sentence, without a stack: ${name}`, () => {
      const args = flags.map((flag) => flag.replace('REDIS', fleet.redis.url));
      const { status, stderr } = spawnSync(process.execPath, [COORDINATOR, 'serve', ...args], {
        env: { ...process.env, COORDINATOR_PORT: '0', COORDINATOR_DATA_DIR: folder, COORDINATOR_REDIS_PREFIX: 'other', ...env },
        encoding: 'utf8',
        timeout: 15_000,
      });
      expect(stderr)
        .to.match(sentence)
        .and.to.not.match(/\n\s+at /);
      expect(status).to.equal(1);
      expect(stderr).to.not.include('secret');
    });
  }

  it('says that its port is taken, and how to choose another', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [COORDINATOR, 'serve', '--port', new URL(fleet.url).port, '--redis', fleet.redis.url],
      { env: { ...process.env, COORDINATOR_DATA_DIR: folder, COORDINATOR_REDIS_PREFIX: 'other' }, encoding: 'utf8', timeout: 15_000 },
    );
    expect(stderr).to.match(/port \d+ on 127\.0\.0\.1 is taken by another program; .*--port/);
    expect(status).to.equal(1);
  });
});
