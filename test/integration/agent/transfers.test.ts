import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TransferRecord, transferRecordSchema } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { type SimulatedRegistry, startRegistry } from '../../support/registry/start-registry.js';
import { type SimulatedOllama, startSimulatedOllama } from '../../support/simulated-ollama/index.js';
import { startTestAgent, type TestAgent } from '../../support/start-test-agent.js';

const SIZE = 2_000_000;

describe('transfers of an agent', function () {
  this.timeout(20_000);
  let registry: SimulatedRegistry;
  let ollama: SimulatedOllama;
  let coordinator: FakeCoordinator;
  let agent: TestAgent;
  let modelsDir: string;
  before(async () => {
    modelsDir = await mkdtemp(join(tmpdir(), 'oc-models-'));
    registry = await startRegistry();
    ollama = await startSimulatedOllama({ models: [], modelsDir });
    coordinator = await startFakeCoordinator();
    agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url, modelsDir });
    await eventually(() => coordinator.heartbeats.length > 0);
  });
  after(async () => {
    await agent.stop();
    await coordinator.close();
    await ollama.close();
    await registry.close();
    await rm(modelsDir, { recursive: true, force: true });
  });
  afterEach(() => {
    registry.setSpeed(Number.POSITIVE_INFINITY);
    registry.clearFaults();
  });

  const open = (job: string, model: string) =>
    coordinator.open('/agent/transfers', {
      method: 'POST',
      body: JSON.stringify({ kind: 'pull', job, model: registry.nameOf(model), insecure: true }),
    });
  const run = async (job: string, model: string) => {
    let text = '';
    for await (const chunk of (await open(job, model)).setEncoding('utf8')) text += chunk;
    return text
      .trimEnd()
      .split('\n')
      .map((line) => transferRecordSchema.parse(JSON.parse(line)));
  };
  const pulls = (model: string) =>
    ollama.requests.filter((request) => request.path === '/api/pull' && request.model?.includes(`/${model}`));
  const begun = (model: string) => eventually(() => pulls(model).length === 1);
  const outcome = (records: readonly TransferRecord[]) => records.at(-1);

  it('bring a model, report layers and phases, and name its digest', async () => {
    const { layers } = registry.addSynthetic({ name: 'plain', sizeBytes: SIZE });
    registry.setSpeed(SIZE * 4);
    const records = await run('job-1', 'plain');
    const model = ollama.models.find(registry.nameOf('plain'));
    expect(outcome(records)).to.deep.equal({ type: 'done', digest: model?.digest, size_bytes: model?.sizeBytes });
    expect(records.flatMap((record) => (record.type === 'phase' ? record.phase : []))).to.deep.equal(['manifest', 'verifying', 'writing']);
    const weights = records.filter((record) => record.type === 'layer' && record.digest === layers[0]?.digest);
    expect(weights.at(-1)).to.deep.equal({ type: 'layer', digest: layers[0]?.digest, total: SIZE, completed: SIZE });
  });

  it('are shared by jobs, joined again after a lost connection, and not repeated for a job that has its model', async () => {
    registry.addSynthetic({ name: 'shared', sizeBytes: SIZE });
    registry.setSpeed(SIZE);
    const lost = await open('job-2', 'shared');
    await begun('shared');
    lost.destroy();
    const [again, other] = await Promise.all([run('job-2', 'shared'), run('job-3', 'shared')]);
    expect([outcome(again)?.type, outcome(other)?.type]).to.deep.equal(['done', 'done']);
    expect(outcome(await run('job-2', 'shared'))?.type).to.equal('done');
    expect(pulls('shared')).to.have.lengthOf(1);
  });

  it('end when the last job that wants them cancels, and not before', async () => {
    registry.addSynthetic({ name: 'cancelled', sizeBytes: SIZE });
    registry.setSpeed(SIZE / 100);
    const [one, other] = [run('job-4', 'cancelled'), run('job-5', 'cancelled')];
    await begun('cancelled');
    await coordinator.call('/agent/transfers/job-4', { method: 'DELETE' });
    expect(pulls('cancelled')[0]?.end).to.equal('open');
    await coordinator.call('/agent/transfers/job-5', { method: 'DELETE' });
    for (const records of await Promise.all([one, other])) expect(outcome(records)).to.include({ type: 'failed', code: 'JOB_CANCELLED' });
    await eventually(() => pulls('cancelled')[0]?.end === 'client-left');
  });

  it('start again for a job whose transfer failed', async () => {
    expect(outcome(await run('job-6', 'late'))).to.deep.equal({
      type: 'failed',
      code: 'PULL_REFUSED',
      message: 'pull model manifest: file does not exist',
      retryable: false,
    });
    registry.addSynthetic({ name: 'late', sizeBytes: 10 });
    expect(outcome(await run('job-6', 'late'))?.type).to.equal('done');
  });

  it('say what may succeed another time: a damaged layer, an Ollama that is away', async () => {
    const { layers } = registry.addSynthetic({ name: 'damaged', sizeBytes: SIZE });
    registry.addFault({ on: 'blob', what: layers[0]?.digest ?? '', times: 1, fault: { kind: 'corrupt' } });
    expect(outcome(await run('job-7', 'damaged'))).to.include({ type: 'failed', code: 'PULL_FAILED', retryable: true });
    expect(outcome(await run('job-7', 'damaged'))?.type).to.equal('done');
    await ollama.setUp(false);
    expect(outcome(await run('job-8', 'damaged'))).to.include({ type: 'failed', code: 'OLLAMA_UNREACHABLE', retryable: true });
    await ollama.setUp(true);
  });

  it('are for nobody without a token, and refuse what they do not understand', async () => {
    const stranger = await coordinator.call('/agent/transfers', { method: 'POST', body: '{}', replica: null });
    expect(stranger.status).to.equal(401);
    const odd = await coordinator.call('/agent/transfers', { method: 'POST', body: '{"kind":"steal"}' });
    expect([odd.status, odd.body]).to.deep.include(400);
  });

  it('come with word of the free disk in each heartbeat', () => {
    expect(coordinator.heartbeats.at(-1)?.metrics.disk_free_bytes).to.be.above(0);
  });
});
