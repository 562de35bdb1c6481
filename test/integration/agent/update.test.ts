import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { endProcess, proveProgram } from '#agent/update/prove-program.js';
import { type Update, updateProgram } from '#agent/update/update-program.js';
import { failureOf } from '../../support/download/download-scene.js';
import { makeFeed, makeReleaseKey } from '../../support/download/release-feed.js';
import { programText, servingProgram } from '../../support/download/release-program.js';
import { type DownloadServer, startDownloadServer } from '../../support/download/start-download-server.js';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { startTestAgent, type TestAgent } from '../../support/start-test-agent.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

const FILE = 'ollama-agent-linux-x64';
/** Waits of the retries are so much shorter here. */
const FASTER = 50;

const READY = 'echo 0.2.0 > "$AGENT_UPDATE_READY_FILE"';
const GOOD = servingProgram('0.2.0');

describe('an agent that updates itself', () => {
  const key = makeReleaseKey();
  let folder: string;
  let program: string;
  let server: DownloadServer;
  let coordinator: FakeCoordinator;
  let ollama: StubOllama;
  let agent: TestAgent;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-update-'));
    program = join(folder, 'ollama-agent');
    await writeFile(program, programText('0.1.0', 'exit 0'));
    await chmod(program, 0o755);
    [server, coordinator, ollama] = await Promise.all([startDownloadServer(), startFakeCoordinator(), startStubOllama()]);
    agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url });
    await eventually(() => agent.status().phase === 'registered');
  });
  afterEach(async () => {
    if (child) await endProcess(child, systemClock);
    child = undefined;
    await agent.stop();
    await Promise.all([server.close(), coordinator.close(), ollama.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  function publish(body: Buffer, { version = '0.2.0', privateKey = key.privateKey } = {}): void {
    server.put(FILE, body);
    server.put('feed.json', makeFeed({ version, platform: 'linux-x64', file: FILE, body }, privateKey));
  }

  async function update({ skip, withinMs = 20_000 }: { skip?: string; withinMs?: number } = {}): Promise<Update> {
    const clock = { ...systemClock, setTimeout: (run: () => void, ms: number) => systemClock.setTimeout(run, ms / FASTER) };
    const { signal } = new AbortController();
    const result = await updateProgram({
      program,
      trust: { feedUrl: `${server.url}/feed.json`, publicKey: key.publicKey, platform: 'linux-x64' },
      version: '0.1.0',
      skip,
      log: silentLogger,
      clock,
      random: () => 0,
      signal,
      env: {},
      onProgress: () => undefined,
      agent: {
        stop: () => agent.stop(),
        start: () => agent.start(),
        prove: (version) => proveProgram({ program, args: ['run'], version, clock: systemClock, signal, withinMs, settleMs: 200 }),
      },
    });
    child = result.child;
    return result;
  }

  const runs = () => readFile(program, 'utf8');
  /** As it was: the former program in its place, nothing beside it, and an agent that serves. */
  async function expectAsBefore(): Promise<void> {
    expect(await runs()).to.contain('echo 0.1.0');
    await eventually(() => agent.status().phase === 'registered');
  }

  it('brings the release, leaves the coordinator, and has the new program serve', async () => {
    publish(GOOD);
    const { version, child: next } = await update();
    expect(version).to.equal('0.2.0');
    expect(next?.exitCode).to.equal(null);
    expect(await runs()).to.contain('echo 0.2.0');
    expect(await readFile(`${program}.previous`, 'utf8')).to.contain('echo 0.1.0');
    expect(agent.status().phase).to.equal('stopped');
    expect(coordinator.leaves).to.have.length(1);
  });

  it('goes on with a download that broke off', async () => {
    publish(Buffer.concat([GOOD, Buffer.from(`# ${'x'.repeat(100_000)}\n`)]));
    // The first answer is the feed.
    server.fail({ kind: 'cut', afterBytes: 10 }, { kind: 'status', status: 503 }, { kind: 'cut', afterBytes: 5 });
    expect((await update()).version).to.equal('0.2.0');
  });

  it('does nothing where there is nothing newer, or only what failed before', async () => {
    publish(GOOD, { version: '0.1.0' });
    expect(await update()).to.deep.equal({ version: undefined });
    publish(GOOD);
    expect(await update({ skip: '0.2.0' })).to.deep.equal({ version: undefined });
    expect(coordinator.leaves).to.have.length(0);
    await expectAsBefore();
  });

  const lies: { name: string; publish: () => void; says: RegExp }[] = [
    {
      name: 'a feed that somebody else signed',
      publish: () => publish(GOOD, { privateKey: makeReleaseKey().privateKey }),
      says: /is not trusted \(it is signed with another key\); nothing was changed/,
    },
    {
      name: 'a program that is another than the feed says',
      publish: () => {
        publish(GOOD);
        server.put(FILE, programText('0.2.0', 'echo stolen'));
      },
      says: /is not what its publisher made/,
    },
    {
      name: 'a program that does not start',
      publish: () => publish(Buffer.from('no program\n')),
      says: /does not work here \(asked for its version/,
    },
    { name: 'a program that is another version', publish: () => publish(programText('0.9.9', READY)), says: /it says "0\.9\.9"/ },
  ];
  for (const { name, publish: lie, says } of lies)
    it(`never stops serving for ${name}`, async () => {
      lie();
      expect((await failureOf(update())).message).to.match(says);
      expect(coordinator.leaves).to.have.length(0);
      await expectAsBefore();
      expect((await readdir(folder)).filter((file) => file !== 'ollama-agent')).to.deep.equal([]);
    });

  const broken: { name: string; run: string; says: RegExp; withinMs?: number }[] = [
    { name: 'ends at once', run: 'exit 3', says: /it ended with exit code 3/ },
    { name: 'never registers', run: 'while :; do sleep 0.1; done', says: /it was not registered within/, withinMs: 700 },
    { name: 'registers, and then dies', run: `${READY}; sleep 0.1; kill -9 $$`, says: /it was registered, and then it ended with SIGKILL/ },
  ];
  for (const { name, run, says, withinMs } of broken)
    it(`goes back to the former program where the new one ${name}`, async () => {
      publish(programText('0.2.0', run));
      const { message } = await failureOf(update(withinMs === undefined ? {} : { withinMs }));
      expect(message).to.match(says).and.contain('the former one is in its place again');
      await expectAsBefore();
      expect(existsSync(`${program}.previous`)).to.equal(false);
      expect(coordinator.leaves).to.have.length(1);
    });
});
