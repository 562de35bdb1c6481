import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { type SimulatedOllama, startSimulatedOllama } from '../support/simulated-ollama/index.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';
import type { RunningProgram } from '../support/start-program.js';
import { openWine, type Wine, windowsPath } from '../support/wine/open-wine.js';
import { type BuiltInstaller, sharedInstaller } from '../support/wine/shared-installer.js';

const RUN_KEY = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
const OWN_KEY = 'HKCU\\Software\\Ollama Coordinator\\Agent';
/** Starting the agent takes a second here, and many on a machine that runs other suites. */
const STARTED_WITHIN_MS = 90_000;

/** The built single file and installer, in wine: what stands in for Windows where there is none. */
describe('the installer for Windows, in wine', function () {
  this.timeout(240_000);
  // What comes after a step that failed would fail with it.
  this.bail(true);
  let built: BuiltInstaller;
  let wine: Wine;
  let fleet: Fleet;
  let ollama: SimulatedOllama;
  let agent: RunningProgram | undefined;
  const figures: string[] = [];

  before(async () => {
    built = await sharedInstaller();
    const { program, msi, seconds } = built;
    figures.push(`ollama-agent.exe: ${megabytes((await stat(program)).size)}, made in ${seconds.program.toFixed(1)} s`);
    figures.push(`ollama-agent.msi: ${megabytes((await stat(msi)).size)}, made in ${seconds.msi.toFixed(1)} s`);
    wine = await timed('an empty Windows', openWine);
    [fleet, ollama] = await Promise.all([startFleet({ env: { COORDINATOR_AGENT_TTL_MS: '15000' } }), startSimulatedOllama({})]);
  });
  after(async () => {
    for (const line of figures) console.log(`      ${line}`);
    await agent?.stop();
    await wine?.close();
    await Promise.all([fleet?.close(), ollama?.close()]);
  });

  async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const result = await work();
    figures.push(`${what}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    return result;
  }

  const installer = (action: '/i' | '/x', file: string, ...properties: string[]) =>
    wine.run('msiexec', action, windowsPath(file), '/qn', ...properties);
  const registry = async (key: string) => {
    const { code, output } = await wine.run('reg', 'query', key);
    return code === 0 ? output : '';
  };
  const userFolder = async () => {
    const users = (await readdir(join(wine.driveC, 'users'))).filter((name) => name !== 'Public');
    return join(wine.driveC, 'users', users[0] ?? '');
  };
  const installDir = async () => join(await userFolder(), 'AppData/Local/Programs/Ollama Agent');
  const menuDir = async () => join(await userFolder(), 'AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Ollama Agent');

  it('installs silently: program, Run key, shortcuts, and what it was told', async () => {
    const { code } = await timed('msiexec /i /qn', () => installer('/i', built.msi, `COORDINATOR_URL=${fleet.url}`, 'JOIN_TOKEN=join_abc'));
    expect(code).to.equal(0);
    const run = await registry(RUN_KEY);
    expect(run).to.match(/Ollama Agent\s+REG_SZ\s+cmd\.exe \/c start "Ollama Agent" \/min "C:\\.*\\ollama-agent\.exe" run --env-file/);
    figures.push(`Run key: ${run.split('REG_SZ')[1]?.trim()}`);
    expect((await readdir(await menuDir())).sort()).to.deep.equal(['Ollama Agent status.lnk', 'Ollama Agent.lnk']);
    const env = await readFile(join(await installDir(), 'agent.env'), 'utf8');
    expect(env).to.contain(`AGENT_COORDINATOR_URL=${fleet.url}`).and.contain('AGENT_JOIN_TOKEN=join_abc');
  });

  it('registers with the coordinator, and serves a streamed answer', async () => {
    const program = join(await installDir(), 'ollama-agent.exe');
    agent = await timed('from its start to online', async () =>
      wine.start({
        program,
        args: ['run', '--env-file', windowsPath(join(await installDir(), 'agent.env'))],
        env: { AGENT_OLLAMA_URL: ollama.url, AGENT_OLLAMA_SETUP: 'off', AGENT_PORT: '0', AGENT_NAME: 'windows' },
        outputFile: join(built.folder, 'agent.out'),
        isReady: async () => (await fleet.listAgents()).some(({ name, status }) => name === 'windows' && status === 'online'),
        readyWithinMs: STARTED_WITHIN_MS,
      }),
    );
    const startedMs = performance.now();
    const response = await fleet.post('/api/generate', { model: 'tiny', prompt: 'hello k', options: { num_predict: 20 } });
    expect(response.headers.get('x-coordinator-agent'), `HTTP ${response.status}`).to.equal('windows');
    const chunks: string[] = [];
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      if (chunks.length === 0) figures.push(`first bytes of the answer after ${Math.round(performance.now() - startedMs)} ms`);
      chunks.push(decoder.decode(chunk, { stream: true }));
    }
    const records = chunks
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { response: string; done: boolean });
    expect(records.map(({ response: text }) => text).join('')).to.match(/^ echo-k the sky/);
    expect(records.at(-1)?.done).to.equal(true);
    figures.push(`${records.length} records, in ${Math.round(performance.now() - startedMs)} ms`);
    expect(existsSync(join(await userFolder(), '.ollama-agent'))).to.equal(true);
  });

  it('is upgraded in its place, with what the earlier version was told; what runs is ended', async () => {
    const { code } = await timed('upgrade', () => installer('/i', built.newerMsi));
    expect(code).to.equal(0);
    const env = await readFile(join(await installDir(), 'agent.env'), 'utf8');
    expect(env).to.contain(`AGENT_COORDINATOR_URL=${fleet.url}`).and.contain('AGENT_JOIN_TOKEN=join_abc');
    expect(await registry(OWN_KEY)).to.contain(fleet.url);
    await eventually(() => agent?.hasEnded === true);
  });

  it('leaves nothing when it is removed', async () => {
    const { code } = await timed('msiexec /x /qn', () => installer('/x', built.newerMsi));
    expect(code).to.equal(0);
    expect(await registry(RUN_KEY)).to.not.contain('Ollama Agent');
    expect(await registry(OWN_KEY)).to.equal('');
    const paths = [await installDir(), await menuDir(), join(await userFolder(), '.ollama-agent')];
    const left = async () => (await Promise.all(paths.map(leftIn))).filter((what) => what !== undefined);
    await eventually(async () => expect(await left()).to.deep.equal([]));
    figures.push(`folders left over: ${(await left()).length} of ${paths.length}`);
  });

  it('leaves the Run key out where START_AT_LOGIN is 0', async () => {
    expect((await installer('/i', built.msi, 'START_AT_LOGIN=0')).code).to.equal(0);
    expect(existsSync(join(await installDir(), 'ollama-agent.exe'))).to.equal(true);
    expect(await registry(RUN_KEY)).to.not.contain('Ollama Agent');
  });
});

/** Undefined where the folder is gone. */
async function leftIn(path: string): Promise<string | undefined> {
  return existsSync(path) ? `${path}: ${(await readdir(path)).join(', ')}` : undefined;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
