import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { findFreePort } from '../../support/find-free-port.js';
import { type SimulatedOllama, startSimulatedOllama } from '../../support/simulated-ollama/index.js';
import { type RunningProgram, startProgram } from '../../support/start-program.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';

const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));
const AGENT = fileURLToPath(import.meta.resolve('#agent/cli.js'));
const pem = (name: string) => fileURLToPath(new URL(`../../../support/tls/${name}.pem`, import.meta.url));

interface Answer {
  readonly status: number;
  readonly body: string;
}

describe('a fleet that speaks TLS', function () {
  this.timeout(60_000);
  let folder: string;
  let redis: TestRedis;
  let ollama: SimulatedOllama;
  let coordinator: RunningProgram;
  let agent: RunningProgram;
  let url: string;
  const place = (name: string) => join(folder, name);
  const own = { cert: readFileSync(pem('one')), key: readFileSync(pem('one-key')) };

  const ask = (method: string, path: string, body?: object, tls: https.RequestOptions = own) =>
    new Promise<Answer>((resolve, reject) => {
      const outgoing = https.request(url + path, { method, ca: readFileSync(pem('authority')), agent: false, ...tls }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
      });
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const agents = async () =>
    JSON.parse((await ask('GET', '/api/agents')).body) as { address: string; status: string; incarnation: number }[];
  const shown = (port: number) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...own }, () => {
        resolve(socket.getPeerX509Certificate()?.subject ?? '');
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const install = async (name: string, as: string) => {
    await copyFile(pem(`${name}-key`), place(`${as}-key.pem`));
    await copyFile(pem(name), place(`${as}.pem`));
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-tls-'));
    await install('one', 'coordinator');
    await install('two', 'agent');
    redis = await startRedis();
    ollama = await startSimulatedOllama({ models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 500, loadMs: 1 }] });
    const port = await findFreePort();
    url = `https://127.0.0.1:${port}`;
    coordinator = await startProgram({
      name: 'coordinator',
      command: process.execPath,
      args: [COORDINATOR, 'serve'],
      env: {
        COORDINATOR_PORT: String(port),
        COORDINATOR_REDIS_URL: redis.url,
        COORDINATOR_DATA_DIR: place('coordinator'),
        COORDINATOR_TLS_CERT: place('coordinator.pem'),
        COORDINATOR_TLS_KEY: place('coordinator-key.pem'),
        COORDINATOR_TLS_CLIENT_CA: pem('authority'),
        COORDINATOR_LOG_FILE: place('coordinator.log'),
      },
      outputFile: place('coordinator.out'),
      isReady: async () => (await ask('GET', '/readyz')).status === 200,
    });
    agent = await startProgram({
      name: 'agent',
      command: process.execPath,
      args: [AGENT, 'run'],
      env: {
        AGENT_COORDINATOR_URL: url,
        AGENT_OLLAMA_URL: ollama.url,
        AGENT_PORT: '0',
        AGENT_HEARTBEAT_MS: '200',
        AGENT_DATA_DIR: place('agent-data'),
        AGENT_TLS_CERT: place('agent.pem'),
        AGENT_TLS_KEY: place('agent-key.pem'),
        AGENT_TLS_CA: pem('authority'),
      },
      outputFile: place('agent.out'),
      isReady: async () => (await agents()).some(({ status }) => status === 'online'),
    });
  });
  after(async () => {
    await agent?.stop(2000);
    await coordinator?.stop(2000);
    await ollama?.close();
    await redis?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const generate = () => ask('POST', '/api/generate', { model: 'tiny', prompt: 'go w', stream: false });

  it('serves, from the client to the agent', async () => {
    const { status, body } = await generate();
    expect(status, body).to.equal(200);
    expect((await agents())[0]?.address).to.match(/^https:/);
  });

  it('answers a client that offers another protocol in this one', async () => {
    const offer = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' };
    const body = { model: 'tiny', prompt: 'go w', stream: false };
    const answer = await ask('POST', '/api/generate', body, { ...own, headers: offer });
    expect(answer.status, answer.body).to.equal(200);
  });

  it('turns away who shows no certificate of the authority, at either port', async () => {
    const failure = await ask('GET', '/healthz', undefined, { cert: undefined, key: undefined } as https.RequestOptions).catch(
      (error: Error) => error,
    );
    expect(failure).to.be.instanceOf(Error);
    const { address = '' } = (await agents())[0] ?? {};
    const bare = await new Promise<string>((resolve) => {
      https
        .get(`${address}/api/version`, { rejectUnauthorized: false, agent: false }, (answer) => resolve(`answered ${answer.statusCode}`))
        .on('error', () => resolve('turned away'));
    });
    expect(bare).to.equal('turned away');
  });

  it('does not speak plain HTTP', async () => {
    const failure = await fetch(url.replace('https', 'http')).catch((error: Error) => error);
    expect(failure).to.be.instanceOf(Error);
  });

  it('takes a renewed certificate without a restart, of the agent too', async () => {
    const { address = '' } = (await agents())[0] ?? {};
    const [own, its] = [Number(new URL(url).port), Number(new URL(address).port)];
    expect(await shown(own)).to.equal('CN=one');
    await install('two', 'coordinator');
    await install('one', 'agent');
    await eventually(async () => (await shown(own)) === 'CN=two' && (await shown(its)) === 'CN=one', { withinMs: 15_000 });
    await eventually(async () => (await generate()).status === 200, { withinMs: 15_000 });
  });
});
