import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { create } from 'tar';
import { type DownloadServer, startDownloadServer } from '../support/download/start-download-server.js';
import { eventually } from '../support/eventually.js';
import { findFreePort } from '../support/find-free-port.js';
import { findRealOllama } from '../support/real-ollama/find-real-ollama.js';
import { startRealOllama } from '../support/real-ollama/start-real-ollama.js';
import { type SimulatedRegistry, startRegistry } from '../support/registry/start-registry.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const ARCHIVES: Readonly<Record<string, string>> = { x64: 'ollama-linux-amd64.tgz', arm64: 'ollama-linux-arm64.tgz' };

/** The built programs, a really built Ollama in an archive, a web server, a registry: nothing of it is installed where the agent looks. */
describe('a machine without Ollama', function () {
  this.timeout(240_000);
  let fleet: Fleet;
  let releases: DownloadServer;
  let registry: SimulatedRegistry;
  let folder: string;
  let ollamaUrl: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-bare-'));
    [releases, registry, fleet] = await Promise.all([startDownloadServer(), startRegistry(), startFleet()]);
    releases.put(ARCHIVES[process.arch] ?? '', await archiveOfRealOllama(folder));
    releases.putChecksums();
    const source = await startRealOllama({ models: ['tiny'] });
    registry.addFromFolder(source.modelsDir, 'tiny');
    await source.close();
    ollamaUrl = `http://127.0.0.1:${await findFreePort()}`;
  });
  after(async () => {
    await fleet?.close();
    await Promise.all([releases?.close(), registry?.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const addAgent = () =>
    fleet.addAgent({
      name: 'bare',
      ollama: ollamaUrl,
      env: {
        PATH: '/usr/bin:/bin',
        HOME: folder,
        AGENT_DATA_DIR: join(folder, 'agent'),
        AGENT_OLLAMA_SETUP: 'install',
        // What is built here calls itself by no release's number.
        AGENT_OLLAMA_VERSION: 'latest',
        AGENT_OLLAMA_DOWNLOAD_URL: releases.url,
        AGENT_OLLAMA_MODELS: join(folder, 'models'),
        AGENT_DEFAULT_MODEL: registry.nameOf('tiny'),
      },
    });
  const modelName = () => registry.nameOf('tiny').replace('http://', '');
  const ask = async () => {
    const body = { model: modelName(), prompt: 'hello k', stream: false, options: { num_predict: 4 } };
    return ((await (await fleet.post('/api/generate', body)).json()) as { response?: string }).response;
  };

  it('gets one, verified, with a model, registers, and answers', async () => {
    releases.fail({ kind: 'cut', afterBytes: 3_000_000 });
    const agent = await addAgent();
    await eventually(
      async () => expect((await fleet.listAgents())[0]?.models.map(({ name }) => name.split(':latest')[0])).to.include(modelName()),
      {
        withinMs: 60_000,
      },
    );
    expect(await ask()).to.equal(' echo-k the sky is');
    const output = await outputOf(agent.name);
    for (const line of [
      'downloading Ollama',
      'verifying what was downloaded',
      'unpacking Ollama',
      'starting Ollama',
      'pulling a first model',
    ])
      expect(output).to.include(`ollama-agent: ${line}\n`);
    expect(output).to.match(/Ollama \[#+-*\] +\d+ % /);
    expect(releases.requests.filter(({ range }) => range !== undefined)).to.have.lengthOf(1);
  });

  it('starts it again when it dies, and the fleet has the machine back', async () => {
    const [pid = 0] = await startedOllamas();
    process.kill(pid, 'SIGKILL');
    await eventually(async () => expect(await ask()).to.equal(' echo-k the sky is'), { withinMs: 60_000 });
    expect(await startedOllamas()).to.have.lengthOf(2);
  });

  it('stops it with the agent, downloads nothing at the next start, and leaves no process', async () => {
    const before = releases.requests.length;
    await fleet.agents[0]?.program.stop(15_000);
    await eventually(() =>
      fetch(ollamaUrl).then(
        () => false,
        () => true,
      ),
    );
    await fleet.restartAgent('bare');
    await eventually(async () => expect(await ask()).to.equal(' echo-k the sky is'), { withinMs: 60_000 });
    expect(releases.requests).to.have.lengthOf(before);
  });

  const startedOllamas = async () => [...(await outputOf('bare')).matchAll(/"ollama_pid":(\d+)/g)].map(([, pid]) => Number(pid));
  const outputOf = (name: string) => readFile(fleet.outputFile(name), 'utf8');
});

async function archiveOfRealOllama(folder: string): Promise<Buffer> {
  const found = findRealOllama();
  if ('reason' in found) throw new Error(found.reason);
  const file = join(folder, 'ollama.tgz');
  const bin = join(found.path, '..');
  await create({ gzip: { level: 1 }, file, cwd: bin, prefix: 'bin', follow: true }, ['ollama']);
  return readFileSync(file);
}
