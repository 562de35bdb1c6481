import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RegisterRequest, type TransferRecord, transferRecordSchema } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { type SimulatedRegistry, startRegistry } from '../../support/registry/start-registry.js';
import { type SimulatedOllama, startSimulatedOllama } from '../../support/simulated-ollama/index.js';
import { startTestAgent, type TestAgent } from '../../support/start-test-agent.js';

const SIZE = 3_000_000;
const MODEL = 'handed';

interface Site {
  readonly ollama: SimulatedOllama;
  readonly modelsDir: string;
  readonly registration: RegisterRequest;
  agent: TestAgent;
}

describe('a copy from agent to agent', function () {
  this.timeout(30_000);
  let registry: SimulatedRegistry;
  let coordinator: FakeCoordinator;
  let source: Site;
  let other: Site;
  let reader: Site;
  let digest: string;
  let weights: string;
  const folders: string[] = [];
  const sites: Site[] = [];

  async function startSite(name: string, settings: Partial<Parameters<typeof startTestAgent>[0]> = {}): Promise<Site> {
    const modelsDir = await mkdtemp(join(tmpdir(), `oc-${name}-`));
    folders.push(modelsDir);
    const ollama = await startSimulatedOllama({ models: [], modelsDir, registry: registry.url });
    const before = coordinator.registrations.length;
    const agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url, modelsDir, name, ...settings });
    const registration = await eventually(() => coordinator.registrations[before] ?? false);
    await eventually(() => coordinator.heartbeats.some((beat) => beat.agent_id === registration.agent_id));
    const site = { ollama, modelsDir, registration, agent };
    sites.push(site);
    return site;
  }

  /** What `of` grants to read the model. */
  const token = ({ registration }: Site, claims: object = {}) =>
    coordinator.token('reader', {
      iss: 'ollama-coordinator/copy',
      aud: registration.agent_id,
      inc: registration.incarnation,
      model: MODEL,
      digest,
      ...claims,
    });
  const addressOf = ({ registration }: Site) => `http://127.0.0.1:${registration.port}`;
  const read = async (of: Site, path: string, bearer: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${addressOf(of)}/agent/copy/${path}`, { headers: { authorization: `Bearer ${bearer}`, ...headers } });

  async function copy(to: Site, from: Site, job: string): Promise<TransferRecord | undefined> {
    coordinator.registrations.push(to.registration);
    const sources = [{ agent_id: from.registration.agent_id, name: 'the source', address: addressOf(from), token: await token(from) }];
    const body = JSON.stringify({ kind: 'copy', job, model: MODEL, digest, sources });
    const { body: text } = await coordinator.call('/agent/transfers', { method: 'POST', body });
    return text
      .trimEnd()
      .split('\n')
      .map((line) => transferRecordSchema.parse(JSON.parse(line)))
      .at(-1);
  }
  const blobs = ({ modelsDir }: Site) => readdirSync(join(modelsDir, 'blobs'));
  const fileOf = ({ modelsDir }: Site, blob: string) => join(modelsDir, 'blobs', blob.replace(':', '-'));
  const listed = ({ ollama }: Site) => ollama.models.list().map((model) => `${model.name} ${model.digest}`);

  before(async () => {
    registry = await startRegistry();
    coordinator = await startFakeCoordinator();
    const { layers } = registry.addSynthetic({ name: MODEL, sizeBytes: SIZE });
    weights = layers[0]?.digest ?? '';
    [source, other] = [await startSite('source'), await startSite('other')];
    for (const { ollama } of [source, other])
      await fetch(`${ollama.url}/api/pull`, { method: 'POST', body: JSON.stringify({ model: MODEL, stream: false }) });
    digest = source.ollama.models.find(MODEL)?.digest ?? '';
  });
  beforeEach(async () => {
    reader = await startSite('reader');
  });
  after(async () => {
    for (const { agent, ollama } of sites) {
      await agent.stop();
      await ollama.close();
    }
    await coordinator.close();
    await registry.close();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  });

  it('is listed by Ollama under the same digest, and the registry is not asked', async () => {
    const before = registry.requests.length;
    expect(await copy(reader, source, 'job-1')).to.deep.include({ type: 'done', digest });
    expect(listed(reader)).to.deep.equal([`${MODEL}:latest ${digest}`]);
    expect(blobs(reader).sort()).to.deep.equal(blobs(source).sort());
    expect(registry.requests.length).to.equal(before);
  });

  it('goes on from another agent where the first one went away', async () => {
    const doomed = await startSite('doomed', { copyBytesPerS: SIZE });
    await fetch(`${doomed.ollama.url}/api/pull`, { method: 'POST', body: JSON.stringify({ model: MODEL, stream: false }) });
    const first = copy(reader, doomed, 'job-2');
    const partial = `${fileOf(reader, weights)}-copy`;
    await eventually(() => existsSync(partial) && readFileSync(partial).length > 100_000);
    await doomed.agent.stop();
    expect(await first).to.deep.include({ type: 'failed', code: 'COPY_SOURCE_FAILED', retryable: true });
    const begun = readFileSync(partial).length;
    expect(begun).to.be.within(100_000, SIZE - 1);
    expect(await copy(reader, other, 'job-2')).to.deep.include({ type: 'done', digest });
    expect(readFileSync(fileOf(reader, weights)).equals(readFileSync(fileOf(source, weights)))).to.equal(true);
    expect(existsSync(partial)).to.equal(false);
  });

  it('goes on behind what is there already, and not from the beginning', async () => {
    const whole = readFileSync(fileOf(source, weights));
    const slow = await startSite('slow', { copyBytesPerS: 200_000 });
    await fetch(`${slow.ollama.url}/api/pull`, { method: 'POST', body: JSON.stringify({ model: MODEL, stream: false }) });
    writeFileSync(`${fileOf(reader, weights)}-copy`, whole.subarray(0, SIZE - 10_000));
    const startedMs = performance.now();
    expect(await copy(reader, slow, 'job-3')).to.deep.include({ type: 'done', digest });
    // All of it would take 15 s at that bound.
    expect(performance.now() - startedMs).to.be.below(10_000);
  });

  it('refuses what does not have its digest, and keeps nothing of it', async () => {
    const damaged = await startSite('damaged');
    await fetch(`${damaged.ollama.url}/api/pull`, { method: 'POST', body: JSON.stringify({ model: MODEL, stream: false }) });
    const bytes = readFileSync(fileOf(damaged, weights));
    bytes.writeUInt8(bytes.readUInt8(7) ^ 0xff, 7);
    writeFileSync(fileOf(damaged, weights), bytes);
    const outcome = await copy(reader, damaged, 'job-4');
    expect(outcome).to.deep.include({ type: 'failed', code: 'COPY_SOURCE_FAILED' });
    expect(outcome?.type === 'failed' && outcome.message).to.match(/does not have the digest that it should have/);
    expect(blobs(reader)).to.deep.equal([]);
    expect(listed(reader)).to.deep.equal([]);
    expect(await copy(reader, source, 'job-4')).to.deep.include({ type: 'done', digest });
  });

  it('is pulled by Ollama from the agent where the folder is not known to be its own', async () => {
    const wrong = await mkdtemp(join(tmpdir(), 'oc-wrong-'));
    folders.push(wrong);
    const site = await startSite('elsewhere', { modelsDir: wrong });
    registry.addSynthetic({ name: 'first', sizeBytes: 10 });
    await fetch(`${site.ollama.url}/api/pull`, { method: 'POST', body: JSON.stringify({ model: 'first', stream: false }) });
    const before = registry.requests.length;
    expect(await copy(site, source, 'job-5')).to.deep.include({ type: 'done', digest });
    expect(listed(site)).to.include(`${MODEL}:latest ${digest}`).and.to.have.lengthOf(2);
    expect(registry.requests.length).to.equal(before);
    expect(readdirSync(wrong)).to.deep.equal([]);
  });

  it('is no faster than the bound', async () => {
    const bounded = await startSite('bounded', { copyBytesPerS: 2 * SIZE });
    const startedMs = performance.now();
    expect(await copy(bounded, source, 'job-6')).to.deep.include({ type: 'done', digest });
    expect(performance.now() - startedMs).to.be.above(400);
  });

  describe('for whoever asks', () => {
    it('gives the one model that the token names, from any byte on', async () => {
      const bearer = await token(source);
      const manifest = await read(source, 'manifest', bearer);
      expect(manifest.headers.get('x-agent-model')).to.equal(`registry.ollama.ai/library/${MODEL}:latest`);
      const piece = await read(source, `blobs/${weights}`, bearer, { range: 'bytes=10-19' });
      expect([piece.status, piece.headers.get('content-range')]).to.deep.equal([206, `bytes 10-19/${SIZE}`]);
      const bytes = Buffer.from(await piece.arrayBuffer());
      expect(bytes.equals(readFileSync(fileOf(source, weights)).subarray(10, 20))).to.equal(true);
    });

    for (const { name, path, claims, status } of [
      { name: 'another model', path: 'manifest', claims: { model: 'other' }, status: 404 },
      { name: 'another digest of it', path: 'manifest', claims: { digest: 'f'.repeat(64) }, status: 404 },
      { name: 'a blob that does not belong to it', path: `blobs/sha256:${'f'.repeat(64)}`, claims: {}, status: 404 },
      { name: 'a path out of the folder', path: 'blobs/..%2f..%2fetc', claims: {}, status: 404 },
      { name: 'another start of the agent', path: 'manifest', claims: { inc: 1 }, status: 401 },
      { name: 'another agent', path: 'manifest', claims: { aud: 'somebody' }, status: 401 },
      { name: 'a token of the coordinator', path: 'manifest', claims: { iss: 'ollama-coordinator' }, status: 401 },
    ]) {
      it(`has nothing: ${name}`, async () => {
        const response = await read(source, path, await token(source, claims));
        expect(response.status).to.equal(status);
      });
    }

    it('opens nothing else to that token', async () => {
      const headers = { authorization: `Bearer ${await token(source)}` };
      for (const path of ['/api/tags', '/agent/watch', '/agent/challenge', '/api/delete'])
        expect((await fetch(addressOf(source) + path, { headers })).status, path).to.equal(401);
      expect((await fetch(`${addressOf(source)}/agent/transfers`, { method: 'POST', headers, body: '{}' })).status).to.equal(401);
    });
  });
});
