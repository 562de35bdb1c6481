import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeFeed, makeReleaseKey } from '../support/download/release-feed.js';
import { type DownloadServer, startDownloadServer } from '../support/download/start-download-server.js';
import { importScript } from '../support/repository.js';
import { type SimulatedOllama, startSimulatedOllama } from '../support/simulated-ollama/index.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';
import { type RunningProgram, startProgram } from '../support/start-program.js';

const PLATFORM = `${process.platform}-${process.arch}`;

/** The single file as it is released, with a feed, a coordinator and an Ollama. */
describe('a single file that updates itself', function () {
  this.timeout(240_000);
  // Each step goes on where the one before ended.
  this.bail(true);
  const key = makeReleaseKey();
  let folder: string;
  let fleet: Fleet;
  let ollama: SimulatedOllama;
  let releases: DownloadServer;
  let program: string;
  let agent: RunningProgram | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-self-update-'));
    const { makeSingleFile } = await importScript<SingleFileScript>('package/make-single-file.mjs');
    program = await makeSingleFile({ platform: PLATFORM, folder: join(folder, 'installed'), version: '0.1.0' });
    const next = await makeSingleFile({ platform: PLATFORM, folder: join(folder, 'released'), version: '0.2.0' });
    [fleet, ollama, releases] = await Promise.all([
      startFleet({ env: { COORDINATOR_AGENT_TTL_MS: '15000' } }),
      startSimulatedOllama({}),
      startDownloadServer(),
    ]);
    publish('0.2.0', await readFile(next));
    agent = await startProgram({
      name: 'single file',
      command: program,
      args: ['run'],
      env: env(),
      outputFile: join(folder, 'agent.out'),
      isReady: async () => (await online()) === 'online',
    });
  });
  after(async () => {
    await agent?.stop(20_000);
    await Promise.all([fleet?.close(), ollama?.close(), releases?.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const online = async () => (await fleet.listAgents()).find(({ name }) => name === 'lone')?.status;
  const env = (): Record<string, string> => ({
    AGENT_NAME: 'lone',
    AGENT_COORDINATOR_URL: fleet.url,
    AGENT_OLLAMA_URL: ollama.url,
    AGENT_OLLAMA_SETUP: 'off',
    AGENT_PORT: '0',
    AGENT_DATA_DIR: join(folder, 'data'),
    AGENT_UPDATE_FEED: `${releases.url}/feed.json`,
    AGENT_UPDATE_KEY: key.publicKey,
    // systemd would start it again; nobody does here.
    INVOCATION_ID: undefined as never,
  });

  function publish(version: string, body: Buffer): void {
    releases.put('ollama-agent', body);
    releases.put('feed.json', makeFeed({ version, platform: PLATFORM, file: 'ollama-agent', body }, key.privateKey));
  }

  function call(command: string): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      execFile(program, [command], { env: { ...process.env, ...env() } }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}`.trim() });
      });
    });
  }

  async function expectAnswer(): Promise<void> {
    const response = await fleet.post('/api/generate', { model: 'tiny', prompt: 'hello k', stream: false });
    expect({ status: response.status, agent: response.headers.get('x-coordinator-agent') }).to.deep.equal({ status: 200, agent: 'lone' });
  }

  it('is replaced by the next version, which serves', async () => {
    expect((await call('version')).output).to.equal('0.1.0');
    await expectAnswer();
    const startedMs = performance.now();
    expect(await call('update')).to.deep.equal({
      code: 0,
      output: 'ollama-agent: the running agent updates itself …\nollama-agent: updated to 0.2.0, which serves',
    });
    console.log(`      from the order to the next version serving: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    expect((await call('version')).output).to.equal('0.2.0');
    await expectAnswer();
  });

  it('goes back where the version after that does not serve', async () => {
    publish('0.3.0', Buffer.from('#!/bin/sh\n[ "$1" = version ] && echo 0.3.0 || exit 9\n'));
    const { code, output } = await call('update');
    expect(code).to.equal(1);
    expect(output).to.contain('version 0.3.0 of the agent does not work here (it ended with exit code 9)');
    expect((await call('version')).output).to.equal('0.2.0');
    await expectAnswer();
  });

  it('says that it is the newest', async () => {
    publish('0.2.0', Buffer.from('whatever'));
    expect((await call('update')).output).to.match(/0\.2\.0 is the newest$/);
  });
});

interface SingleFileScript {
  makeSingleFile(options: { platform: string; folder: string; version: string }): Promise<string>;
}
