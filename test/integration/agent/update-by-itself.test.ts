import type { ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentConfigSchema, type Clock, silentLogger, systemClock } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { endProcess } from '#agent/update/prove-program.js';
import { UpdateWatch } from '#agent/update/update-watch.js';
import { makeFeed, makeReleaseKey } from '../../support/download/release-feed.js';
import { programText, servingProgram } from '../../support/download/release-program.js';
import { type DownloadServer, startDownloadServer } from '../../support/download/start-download-server.js';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { startTestAgent, type TestAgent } from '../../support/start-test-agent.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

const FILE = 'ollama-agent-linux-x64';
const MINUTE_MS = 60_000;
const dying = (version: string) => programText(version, 'exit 3');

/** The real agent with its watch for releases (AGENT_UPDATES=auto); only the hours between two looks pass when a test says so. */
describe('an agent that updates itself without being asked', function () {
  this.timeout(60_000);
  const key = makeReleaseKey();
  let folder: string;
  let program: string;
  let server: DownloadServer;
  let coordinator: FakeCoordinator;
  let ollama: StubOllama;
  let agent: TestAgent;
  let watch: UpdateWatch | undefined;
  let next: ChildProcess | undefined;
  let looks: { readonly ms: number; readonly look: () => void }[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-update-auto-'));
    program = join(folder, 'ollama-agent');
    looks = [];
    await writeFile(program, programText('0.1.0', 'exit 0'));
    await chmod(program, 0o755);
    [server, coordinator, ollama] = await Promise.all([startDownloadServer(), startFakeCoordinator(), startStubOllama()]);
  });
  afterEach(async () => {
    await watch?.stop();
    if (next) await endProcess(next, systemClock);
    next = undefined;
    await agent.stop();
    await Promise.all([server.close(), coordinator.close(), ollama.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const hold = (look: () => void, ms: number) => {
    looks.push({ ms, look });
    return { cancel: () => undefined };
  };
  const clock: Clock = {
    ...systemClock,
    setTimeout: (run, ms) => (ms < MINUTE_MS ? systemClock.setTimeout(run, ms) : hold(run, ms)),
    setInterval: (run, ms) => (ms < MINUTE_MS ? systemClock.setInterval(run, ms) : hold(run, ms)),
  };
  const start = async (updates: 'auto' | 'off') => {
    const settings = { coordinatorUrl: coordinator.url, ollamaUrl: ollama.url, updates, dataDir: join(folder, 'data') };
    agent = await startTestAgent(settings);
    await eventually(() => agent.status().phase === 'registered');
    watch = new UpdateWatch({
      config: agentConfigSchema.parse(settings),
      log: silentLogger,
      clock,
      random: () => 0.5,
      agent,
      readSource: () => ({ program, feedUrl: `${server.url}/feed.json`, publicKey: key.publicKey, platform: 'linux-x64' }),
      onUpdated: (child) => {
        next = child;
      },
    });
    watch.start();
  };
  /** The first look is within half an hour of the start; the others are six hours apart. */
  const look = (which: 'first' | 'later') => {
    const due = which === 'first' ? looks.find(({ ms }) => ms === 15 * MINUTE_MS) : looks.find(({ ms }) => ms === 360 * MINUTE_MS);
    if (due === undefined) throw new Error(`it does not look: ${JSON.stringify(looks)}`);
    due.look();
  };
  const publish = (version: string, body: Buffer) => {
    server.put(FILE, body);
    server.put('feed.json', makeFeed({ version, platform: 'linux-x64', file: FILE, body }, key.privateKey));
  };
  const inPlace = () => readFile(program, 'utf8');
  const asked = () => server.requests.filter(({ path }) => path.endsWith(FILE)).length;

  it('brings a newer release, finishes what runs, and has the new program serve in its place', async () => {
    await start('auto');
    publish('0.2.0', servingProgram('0.2.0'));
    const chat = { method: 'POST', headers: { 'x-coordinator-signature': 'tiny:latest' }, body: '{}' };
    const answering = coordinator.call('/api/chat', chat);
    const { res } = await eventually(() => ollama.requests[0] ?? false);
    res.writeHead(200).write('{"n":1}\n');
    look('first');
    await eventually(() => asked() === 1);
    await eventually(async () =>
      expect((await coordinator.call('/api/chat', chat)).headers).to.include({ 'x-agent-busy': 'the agent is draining' }),
    );
    expect(await inPlace(), 'nothing is swapped while an answer is under way').to.contain('echo 0.1.0');
    res.end('{"done":true}\n');
    expect((await answering).body).to.equal('{"n":1}\n{"done":true}\n');
    await eventually(() => next !== undefined);
    expect(next?.exitCode).to.equal(null);
    expect(await inPlace()).to.contain('echo 0.2.0');
    expect(coordinator.leaves).to.have.length(1);
  });

  it('goes back where the release does not serve, leaves that one alone, and takes the one after it', async () => {
    await start('auto');
    publish('0.2.0', dying('0.2.0'));
    look('first');
    await eventually(() => coordinator.leaves.length === 1);
    await eventually(() => agent.status().phase === 'registered');
    expect(await inPlace()).to.contain('echo 0.1.0');
    expect(next).to.equal(undefined);
    const feeds = () => server.requests.filter(({ path }) => path.endsWith('feed.json')).length;
    const before = feeds();
    await eventually(() => {
      look('later');
      return feeds() > before;
    });
    publish('0.3.0', servingProgram('0.3.0'));
    expect(asked(), 'the one that failed is not brought again').to.equal(1);
    await eventually(() => {
      look('later');
      return next !== undefined;
    });
    expect(await inPlace()).to.contain('echo 0.3.0');
  });

  it('changes nothing for a list that somebody else signed', async () => {
    await start('auto');
    const body = servingProgram('0.2.0');
    server.put(FILE, body);
    server.put('feed.json', makeFeed({ version: '0.2.0', platform: 'linux-x64', file: FILE, body }, makeReleaseKey().privateKey));
    look('first');
    await eventually(() => server.requests.length > 0);
    await watch?.stop();
    expect([asked(), coordinator.leaves.length, agent.status().phase]).to.deep.equal([0, 0, 'registered']);
  });

  it('waits for its coordinator: without it no release could show that it works', async () => {
    await start('auto');
    publish('0.2.0', servingProgram('0.2.0'));
    coordinator.refuseWith = 503;
    coordinator.forget();
    await eventually(() => agent.status().phase === 'joining');
    look('first');
    expect(server.requests).to.deep.equal([]);
    coordinator.refuseWith = 0;
    await eventually(() => agent.status().phase === 'registered', { withinMs: 30_000 });
    await eventually(() => {
      look('later');
      return next !== undefined;
    });
    expect(await inPlace()).to.contain('echo 0.2.0');
  });

  it('does not look where it is not told to', async () => {
    await start('off');
    expect(looks).to.deep.equal([]);
    expect(server.requests).to.deep.equal([]);
  });
});
