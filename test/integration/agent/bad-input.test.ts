import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { startDownloadServer } from '../../support/download/start-download-server.js';
import { startWebProxy } from '../../support/download/start-web-proxy.js';
import { eventually } from '../../support/eventually.js';
import { findFreePort } from '../../support/find-free-port.js';
import { listenOnLoopback } from '../../support/listen-on-loopback.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

const CLI = fileURLToPath(import.meta.resolve('#agent/cli.js'));
const JOIN_TOKEN = 'test-join-token-0123456789';

type Env = Readonly<Record<string, string>>;

/** What a person did, what the agent is given then, and the sentence that tells what to do. */
interface Row {
  readonly mistake: string;
  readonly env: () => Env | Promise<Env>;
  readonly says: RegExp;
  /** Another agent that runs by then, with these settings. */
  readonly beside?: Env;
  /** Who says it, where there are two. */
  readonly saidBy?: 'beside';
}

/** The built program, a real coordinator that wants a join token, and what people give by mistake. */
describe('what an agent says to bad input', function () {
  this.timeout(90_000);
  let fleet: Fleet;
  let ollama: StubOllama;
  let folder: string;
  const started: ChildProcess[] = [];
  const stops: (() => unknown)[] = [];

  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_AUTH: 'on', COORDINATOR_ADMIN_KEY: 'test-admin-key-0123456789', COORDINATOR_JOIN_TOKEN: JOIN_TOKEN },
    });
    ollama = await startStubOllama();
  });
  after(async () => {
    await ollama?.close();
    await fleet?.close();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-bad-input-'));
  });
  afterEach(async () => {
    for (const child of started.splice(0)) {
      const gone = once(child, 'close');
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await gone;
    }
    for (const stop of stops.splice(0).reverse()) await stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Everything that an agent with these settings has said so far. */
  function run(env: Env): () => string {
    const usual = {
      PATH: folder,
      HOME: folder,
      AGENT_DATA_DIR: join(folder, 'data'),
      AGENT_COORDINATOR_URL: fleet.url,
      AGENT_JOIN_TOKEN: JOIN_TOKEN,
      AGENT_OLLAMA_URL: ollama.url,
      AGENT_OLLAMA_SETUP: 'off',
      AGENT_PORT: '0',
    };
    const child = spawn(process.execPath, [CLI, 'run'], { env: { ...usual, ...env } });
    started.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
    return () => text;
  }

  const serve = async (listener: RequestListener): Promise<string> => {
    const { url, close } = await listenOnLoopback(createServer(listener));
    stops.push(close);
    return url;
  };
  /** Of a machine without Ollama, whose archive comes from there. */
  const setUpFrom = async (url: string): Promise<Env> => ({
    AGENT_OLLAMA_URL: `http://127.0.0.1:${await findFreePort()}`,
    AGENT_OLLAMA_SETUP: 'install',
    AGENT_OLLAMA_VERSION: '99.0.0',
    AGENT_OLLAMA_MIN_VERSION: '99.0.0',
    AGENT_OLLAMA_DOWNLOAD_URL: url,
  });

  const rows: readonly Row[] = [
    {
      mistake: 'an address where nobody listens',
      env: async () => ({ AGENT_COORDINATOR_URL: `http://127.0.0.1:${await findFreePort()}` }),
      says: /the coordinator at http:\/\/127\.0\.0\.1:\d+ does not answer as one \(.*ECONNREFUSED.*\); is it running, and is AGENT_COORDINATOR_URL right\?/,
    },
    {
      mistake: 'a name that nobody has',
      env: () => ({ AGENT_COORDINATOR_URL: 'http://coordinator.invalid:8080', AGENT_COORDINATOR_PROXY: 'off' }),
      says: /the coordinator at http:\/\/coordinator\.invalid:8080 does not answer as one \(.*(ENOTFOUND|EAI_AGAIN).*\); is it running, and is AGENT_COORDINATOR_URL right\?/,
    },
    {
      mistake: 'no address at all',
      env: () => ({ AGENT_COORDINATOR_URL: 'the big machine' }),
      says: /the configuration is not valid:\s+AGENT_COORDINATOR_URL: /,
    },
    {
      mistake: 'the address of an Ollama in place of the coordinator',
      env: () => ({ AGENT_COORDINATOR_URL: ollama.url }),
      says: /the coordinator at .* does not answer as one \(.*\); is it running, and is AGENT_COORDINATOR_URL right\?/,
    },
    {
      mistake: 'a network that shows a sign-in page',
      env: async () => ({
        AGENT_COORDINATOR_URL: await serve((_request, response) =>
          response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome'),
        ),
      }),
      says: /a web page answers at .*this network wants a sign-in first.*Open the address in a browser on this machine/,
    },
    {
      mistake: 'a network that leads elsewhere, to its sign-in page',
      env: async () => ({
        AGENT_COORDINATOR_URL: await serve((_request, response) => response.writeHead(302, { location: 'http://portal.invalid/' }).end()),
      }),
      says: /a web page answers at .*this network wants a sign-in first/,
    },
    {
      mistake: 'a proxy in front of a coordinator that does not run',
      env: async () => ({
        AGENT_COORDINATOR_URL: await serve((_request, response) =>
          response.writeHead(504, { 'content-type': 'text/html' }).end('<html>Gateway Time-out'),
        ),
      }),
      says: /the coordinator at .* does not answer as one \(a proxy on the way answers HTTP 504 in its place\); is it running/,
    },
    {
      mistake: 'a wrong join token',
      env: () => ({ AGENT_JOIN_TOKEN: 'not-the-token-0123456789' }),
      says: /not registered: .*join token/,
    },
    {
      mistake: 'a proxy that wants a login, without one',
      env: async () => {
        const proxy = await startWebProxy({ login: 'ann:secret' });
        stops.push(() => proxy.close());
        return { AGENT_COORDINATOR_PROXY: `http://127.0.0.1:${proxy.port}` };
      },
      says: /the proxy 127\.0\.0\.1:\d+ wants a login; put it into .*http:\/\/user:password@host:port/,
    },
    {
      mistake: 'a download that is not what its publisher made',
      env: async () => {
        const server = await startDownloadServer();
        stops.push(() => server.close());
        for (const file of ['ollama-linux-amd64.tgz', 'ollama-linux-arm64.tgz', 'ollama-darwin.tgz'])
          server.put(file, Buffer.alloc(1000, 'a'));
        server.putChecksums();
        server.fail({ kind: 'lie' }, { kind: 'lie' }, { kind: 'lie' });
        return setUpFrom(server.url);
      },
      says: /is not what its publisher made: its SHA-256 is [0-9a-f]{64}.*it was deleted\. Try again later, or from another network/,
    },
    {
      mistake: 'a disk that is too small for it',
      env: async () =>
        setUpFrom(
          await serve((request, response) => {
            if (request.url?.endsWith('sha256sum.txt')) {
              const lines = ['linux-amd64.tgz', 'linux-arm64.tgz', 'darwin.tgz'].map((name) => `${'0'.repeat(64)}  ./ollama-${name}\n`);
              return response.end(lines.join(''));
            }
            return response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': 10 ** 15 }).write('a');
          }),
        ),
      says: /not enough disk in .*: .* are needed, and .* are free; delete something there, or set AGENT_DATA_DIR to another disk/,
    },
    {
      mistake: 'a port that another program has',
      env: () => ({ AGENT_PORT: String(ollama.port) }),
      says: /port \d+ on 127\.0\.0\.1 is taken by another program; stop it, or choose another port with AGENT_PORT/,
    },
    {
      mistake: 'a second agent of the same folder and Ollama',
      env: () => ({}),
      beside: {},
      saidBy: 'beside',
      says: /a newer start of agent ".*" has registered, so this older one stops; two agents on one machine need an Ollama \(AGENT_OLLAMA_URL\) and a folder \(AGENT_DATA_DIR\) each/,
    },
  ];

  for (const { mistake, env, says, beside, saidBy } of rows)
    it(`${mistake}: a sentence that says what to do`, async () => {
      const other = beside && run(beside);
      if (other) await eventually(() => expect(other()).to.include('registered with'), { withinMs: 40_000 });
      const own = run(await env());
      const said = saidBy === 'beside' && other ? other : own;
      await eventually(() => expect(said().replaceAll('\\n', ' ').replaceAll('\\"', '"')).to.match(says), { withinMs: 60_000 });
      expect(said()).not.to.match(/\n\s+at /);
      console.log(`      ${sentenceIn(said(), says)}`);
    });

  it('lets two agents of different folders be two agents', async () => {
    const outputs = ['one', 'two'].map((name) => run({ AGENT_DATA_DIR: join(folder, name), AGENT_NAME: name }));
    for (const output of outputs) await eventually(() => expect(output()).to.include('registered with'), { withinMs: 40_000 });
  });
});

/** The line of the program's output that it is in, without what a log has around it; what matched, where it is more than a line. */
function sentenceIn(output: string, says: RegExp): string | undefined {
  const texts = output.split('\n').map((line) => (line.startsWith('{') ? String((JSON.parse(line) as { msg: unknown }).msg) : line));
  return texts.find((text) => says.test(text)) ?? says.exec(output)?.[0];
}
