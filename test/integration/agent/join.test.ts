import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentConfigSchema, type CreatedJoinToken, loadConfig, parseJoinLink } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { joinFleet, usualConfigFile } from '#agent/commands/join.js';
import { startWebProxy } from '../../support/download/start-web-proxy.js';
import { eventually } from '../../support/eventually.js';
import { findFreePort } from '../../support/find-free-port.js';
import { type RunningProgram, startProgram } from '../../support/start-program.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { startTestAgent } from '../../support/start-test-agent.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));
const ADMIN_KEY = 'test-admin-key-0123456789';
const pem = (name: string) => fileURLToPath(new URL(`../../../support/tls/${name}.pem`, import.meta.url));

/** A coordinator whose certificate no authority of the agent vouches for, and which lets in only who was invited. */
describe('joining by a link', function () {
  this.timeout(60_000);
  let folder: string;
  let redis: TestRedis;
  let ollama: StubOllama;
  let coordinator: RunningProgram;
  let url: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-join-'));
    [redis, ollama] = await Promise.all([startRedis(), startStubOllama()]);
    const port = await findFreePort();
    url = `https://127.0.0.1:${port}`;
    coordinator = await startProgram({
      name: 'coordinator',
      command: process.execPath,
      args: [COORDINATOR, 'serve'],
      env: {
        COORDINATOR_PORT: String(port),
        COORDINATOR_REDIS_URL: redis.url,
        COORDINATOR_DATA_DIR: join(folder, 'coordinator'),
        COORDINATOR_TLS_CERT: pem('one'),
        COORDINATOR_TLS_KEY: pem('one-key'),
        COORDINATOR_AUTH: 'on',
        COORDINATOR_ADMIN_KEY: ADMIN_KEY,
      },
      outputFile: join(folder, 'coordinator.out'),
      isReady: async () => (await ask('GET', '/readyz')).status === 200,
    });
  });
  after(async () => {
    await coordinator?.stop();
    await Promise.all([redis.close(), ollama.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const ask = (method: string, path: string, body?: object) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' };
      const outgoing = https.request(url + path, { method, headers, ca: readFileSync(pem('authority')), agent: false }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
      });
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const invite = async (wanted: object = {}) => {
    const { link } = JSON.parse((await ask('POST', '/api/coordinator/join-tokens', { name: 'gpu', ...wanted })).body) as CreatedJoinToken;
    const parsed = parseJoinLink(link);
    if (parsed === undefined) throw new Error(`no link: ${link}`);
    return parsed;
  };
  const configOf = (name: string, settings: object = {}) =>
    agentConfigSchema.parse({ dataDir: join(folder, name), name, ollamaUrl: ollama.url, port: 0, heartbeatMs: 100, ...settings });
  const kept = (name: string) =>
    loadConfig(agentConfigSchema, { env: {}, fileEnv: 'NONE', usualFile: usualConfigFile(join(folder, name)) });
  const agentNamed = async (name: string) => {
    const agents = JSON.parse((await ask('GET', '/api/agents')).body) as { id: string; name: string; status: string; admission?: string }[];
    return agents.find((agent) => agent.name === name);
  };

  it('trusts the certificate of the link, registers, says how it is reached, and keeps what is needed, without the token', async () => {
    const lines: string[] = [];
    const link = await invite();
    const path = await joinFleet(configOf('one'), link, (line) => lines.push(line));
    expect(lines).to.have.length(3);
    expect(lines[1]).to.match(/^registered as "one" \(one-/);
    expect(lines[2]).to.equal('the coordinator reaches this machine directly');
    expect(kept('one')).to.deep.include({ coordinatorUrl: url, coordinatorCertificate: link.certificate, name: 'one', transport: 'auto' });
    expect(await readFile(path, 'utf8')).not.to.include(link.token);

    const agent = await startTestAgent({ ...kept('one'), ollamaUrl: ollama.url, port: 0, dataDir: join(folder, 'one') });
    await eventually(async () => expect((await agentNamed('one'))?.status).to.equal('online'));
    await agent.stop();
  });

  it('says what is wrong where the link was used up, or the certificate is another', async () => {
    const link = await invite();
    await joinFleet(configOf('two'), link, () => undefined);
    await fails(
      joinFleet(configOf('three'), link, () => undefined),
      /was used as often as it may be/,
    );
    const certificate = (link.certificate ?? '').replace(/^../, (digits) => (digits === '00' ? '01' : '00'));
    await fails(
      joinFleet(configOf('four'), { ...(await invite()), certificate }, () => undefined),
      /shows another certificate than the one/,
    );
  });

  it('waits where it has to be approved, and serves as soon as it is', async () => {
    const lines: string[] = [];
    await joinFleet(configOf('six'), await invite({ approve: true }), (line) => lines.push(line));
    expect(lines.at(-1)).to.match(/an administrator has to approve this machine/);
    const agent = await startTestAgent({ ...kept('six'), ollamaUrl: ollama.url, port: 0, dataDir: join(folder, 'six') });
    await eventually(() => agent.status().waiting === true);
    await ask('POST', `/api/agents/${(await agentNamed('six'))?.id}/approve`);
    await eventually(() => agent.status().waiting === undefined && agent.status().reached === 'direct');
    await agent.stop();
  });

  it('goes through a proxy that wants a login, tunnel and all, and says so where the login is wrong', async () => {
    const proxy = await startWebProxy({ login: 'ann:secret' });
    const lines: string[] = [];
    const through = (login: string) => ({ coordinatorProxy: `http://${login}@127.0.0.1:${proxy.port}`, transport: 'tunnel' });
    await fails(
      joinFleet(configOf('seven', through('ann:wrong')), await invite(), () => undefined),
      /the proxy 127\.0\.0\.1:\d+ wants a login/,
    );
    await joinFleet(configOf('seven', through('ann:secret')), await invite(), (line) => lines.push(line));
    expect(lines.at(-1)).to.match(/holds a tunnel to the coordinator open; nothing has to be opened here/);
    expect(proxy.requests.length).to.be.at.least(2);
    expect(proxy.requests).to.deep.equal(proxy.requests.map(() => `CONNECT ${new URL(url).host}`));
    await proxy.close();
  });
});

async function fails(attempt: Promise<unknown>, sentence: RegExp): Promise<void> {
  const failure: unknown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).to.be.an('error').with.property('message').that.matches(sentence);
}
