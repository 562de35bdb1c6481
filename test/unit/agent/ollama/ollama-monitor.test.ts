import { AppError, type ModelReport } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { OllamaMonitor, type OllamaView } from '#agent/ollama/ollama-monitor.js';
import { createManualClock } from '../../../support/manual-clock.js';

const model = (name: string): ModelReport => ({ name, digest: `d-${name}`, size_bytes: 1, modified_at: '' });
const refused = () => Promise.reject(new AppError('OLLAMA_UNREACHABLE', { details: { url: 'http://o', cause: 'ECONNREFUSED' } }));

function setUp() {
  const clock = createManualClock();
  const changes: OllamaView[] = [];
  const looks: { names: string[]; askedMs: number }[] = [];
  const client = {
    version: (): Promise<string> => Promise.resolve('0.32.15'),
    models: (): Promise<ModelReport[]> => Promise.resolve([model('a:1')]),
    running: () => Promise.resolve([{ name: 'a:1', digest: 'd', sizeBytes: 1, vramBytes: 0, contextLength: 4096 }]),
  };
  const progress = { made: false };
  const monitor = new OllamaMonitor({
    client,
    clock,
    intervalMs: 5000,
    hasProgressed: () => progress.made,
    onChange: (view) => changes.push(view),
    onRunning: (running, askedMs) => looks.push({ names: running.map(({ name }) => name), askedMs }),
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { clock, changes, looks, client, monitor, progress, settle };
}

describe('OllamaMonitor', () => {
  it('is up with version, models and runners after one look', async () => {
    const { monitor, changes, looks } = setUp();
    expect(monitor.view.up).to.equal(false);
    await monitor.start();
    expect(changes).to.have.length(1);
    expect(monitor.view).to.deep.include({ up: true, version: '0.32.15', models: [model('a:1')] });
    expect(looks).to.deep.equal([{ names: ['a:1'], askedMs: 0 }]);
  });

  it('says nothing while nothing changes', async () => {
    const { monitor, changes, looks, clock, settle } = setUp();
    await monitor.start();
    clock.advance(5000);
    await settle();
    expect(looks).to.have.length(2);
    expect(changes).to.have.length(1);
  });

  it('goes down with the reason and keeps the models last seen', async () => {
    const { monitor, changes, client, clock, settle } = setUp();
    await monitor.start();
    client.version = refused;
    clock.advance(5000);
    await settle();
    expect(changes.at(-1)).to.deep.include({ up: false, models: [model('a:1')] });
    expect(changes.at(-1)?.reason).to.contain('ECONNREFUSED').and.contain('ollama serve');
  });

  it('counts one that answers its version but not what it runs as down', async () => {
    const { monitor, client } = setUp();
    client.running = refused;
    await monitor.start();
    expect(monitor.view.up).to.equal(false);
  });

  const timeouts = [
    { name: 'stays up when it is slow to answer but goes on answering requests', code: 'ETIMEDOUT', made: true, up: true },
    { name: 'goes down when it neither answers nor goes on', code: 'ETIMEDOUT', made: false, up: false },
    { name: 'goes down when it refuses, whatever it sent before', code: 'ECONNREFUSED', made: true, up: false },
  ];
  for (const { name, code, made, up } of timeouts) {
    it(name, async () => {
      const { monitor, client, clock, progress, settle } = setUp();
      await monitor.start();
      const cause = Object.assign(new Error(code), { code });
      client.version = () => Promise.reject(new AppError('OLLAMA_UNREACHABLE', { cause }));
      progress.made = made;
      clock.advance(5000);
      await settle();
      expect(monitor.view.up).to.equal(up);
    });
  }

  it('gives another digest for another list, and the same for the same', async () => {
    const { monitor, client, clock, settle } = setUp();
    await monitor.start();
    const first = monitor.view.modelsDigest;
    client.models = () => Promise.resolve([model('a:1'), model('b:1')]);
    clock.advance(5000);
    await settle();
    expect(monitor.view.modelsDigest).to.not.equal(first);
    client.models = () => Promise.resolve([model('a:1')]);
    clock.advance(5000);
    await settle();
    expect(monitor.view.modelsDigest).to.equal(first);
  });

  it('looks again at once when asked, but not more often than every 100 ms', async () => {
    const { monitor, looks, clock, settle } = setUp();
    await monitor.start();
    monitor.look();
    monitor.look();
    clock.advance(99);
    await settle();
    expect(looks).to.have.length(1);
    clock.advance(1);
    await settle();
    expect(looks).to.have.length(2);
  });

  it('looks no more after stop', async () => {
    const { monitor, looks, clock, settle } = setUp();
    await monitor.start();
    monitor.stop();
    monitor.look();
    clock.advance(60_000);
    await settle();
    expect(looks).to.have.length(1);
  });
});
