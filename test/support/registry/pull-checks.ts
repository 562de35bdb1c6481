import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../eventually.js';
import { type SimulatedRegistry, startRegistry } from './start-registry.js';

/** An Ollama with a models folder that this machine can read. */
export interface PullSubject {
  readonly url: string;
  readonly modelsDir: string;
  close(): Promise<void>;
}

interface PullRecord {
  readonly status?: string;
  readonly digest?: string;
  readonly total?: number;
  readonly completed?: number;
  readonly error?: string;
}

const SIZE = 4_000_000;

/** Pulls from the simulated registry: the same for the real Ollama and the simulated one. */
export function checkPulls(start: () => Promise<PullSubject>): void {
  let ollama: PullSubject;
  let registry: SimulatedRegistry;
  before(async () => {
    registry = await startRegistry();
    ollama = await start();
  });
  after(async () => {
    await ollama?.close();
    await registry?.close();
  });
  afterEach(() => {
    registry.clearFaults();
    registry.setSpeed(Number.POSITIVE_INFINITY);
  });

  const request = (model: string, signal?: AbortSignal) =>
    fetch(`${ollama.url}/api/pull`, {
      method: 'POST',
      body: JSON.stringify({ model: registry.nameOf(model), insecure: true }),
      ...(signal ? { signal } : {}),
    });
  const pull = async (model: string) => {
    const text = await (await request(model)).text();
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PullRecord);
  };
  const blobOf = (digest: string) => readFileSync(join(ollama.modelsDir, 'blobs', digest.replace(':', '-')));

  it('bring a model, its digest that of the manifest', async () => {
    const { layers } = registry.addSynthetic({ name: 'plain', sizeBytes: SIZE });
    const records = await pull('plain');
    expect(records[0]).to.deep.equal({ status: 'pulling manifest' });
    expect(records.slice(-3).map(({ status }) => status)).to.deep.equal(['verifying sha256 digest', 'writing manifest', 'success']);
    const host = new URL(registry.url).host;
    const manifest = readFileSync(join(ollama.modelsDir, 'manifests', host, 'library', 'plain', 'latest'));
    expect(manifest.toString()).to.equal(await (await fetch(`${registry.url}/v2/library/plain/manifests/latest`)).text());
    expect(blobOf(layers[0]?.digest ?? '').length).to.equal(SIZE);
    const { models } = (await (await fetch(`${ollama.url}/api/tags`)).json()) as { models: { name: string; size: number }[] };
    expect(models.find(({ name }) => name === `${host}/library/plain:latest`)?.size).to.be.above(SIZE);
    expect(registry.timesDownloaded(layers[0]?.digest ?? '')).to.equal(1);
  });

  it('go on where a client left them', async () => {
    const { layers } = registry.addSynthetic({ name: 'left', sizeBytes: SIZE });
    const digest = layers[0]?.digest ?? '';
    registry.setSpeed(SIZE);
    const leaving = new AbortController();
    const reader = (await request('left', leaving.signal)).body?.pipeThrough(new TextDecoderStream()).getReader();
    await eventually(async () => /"completed":[1-9]\d{5}/.test((await reader?.read())?.value ?? ''));
    leaving.abort();
    await eventually(() => registry.requests.every(({ ended }) => ended));
    registry.setSpeed(Number.POSITIVE_INFINITY);
    expect((await pull('left')).at(-1)).to.deep.equal({ status: 'success' });
    expect(registry.requests.filter(({ what, range }) => what === digest && range?.startsWith('bytes=0-') === false)).to.have.length.above(
      0,
    );
    expect(registry.timesDownloaded(digest)).to.be.below(2);
  });

  it('refuse a layer that is not what its digest says, and take a whole one the next time', async () => {
    const { layers } = registry.addSynthetic({ name: 'damaged', sizeBytes: SIZE });
    registry.addFault({ on: 'blob', what: layers[0]?.digest ?? '', times: 1, fault: { kind: 'corrupt' } });
    expect((await pull('damaged')).at(-1)?.error).to.match(/^digest mismatch, file must be downloaded again: want sha256:.*, got sha256:/);
    expect((await pull('damaged')).at(-1)).to.deep.equal({ status: 'success' });
  });

  it('survive a connection that breaks', async () => {
    const { layers } = registry.addSynthetic({ name: 'broken', sizeBytes: SIZE });
    registry.addFault({ on: 'blob', what: layers[0]?.digest ?? '', times: 1, fault: { kind: 'reset', afterBytes: 1_000_000 } });
    expect((await pull('broken')).at(-1)).to.deep.equal({ status: 'success' });
  });

  it('say that a model does not exist', async () => {
    expect((await pull('absent')).at(-1)).to.deep.equal({ error: 'pull model manifest: file does not exist' });
  });

  it('find what is there already', async () => {
    registry.addSynthetic({ name: 'twice', sizeBytes: SIZE });
    await pull('twice');
    const before = registry.requests.length;
    expect((await pull('twice')).at(-1)).to.deep.equal({ status: 'success' });
    expect(registry.requests.slice(before).map(({ kind }) => kind)).to.deep.equal(['manifest']);
  });
}
