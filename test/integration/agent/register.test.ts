import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { startTestAgent, type TestAgent } from '../../support/start-test-agent.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

describe('an agent that registers', () => {
  let coordinator: FakeCoordinator;
  let ollama: StubOllama;
  let agent: TestAgent | undefined;

  beforeEach(async () => {
    coordinator = await startFakeCoordinator();
    ollama = await startStubOllama();
  });

  afterEach(async () => {
    await agent?.stop();
    agent = undefined;
    await ollama.close();
    await coordinator.close();
  });

  const start = async (settings: Parameters<typeof startTestAgent>[0] | object = {}) => {
    agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url, ...settings });
    return agent;
  };

  it('says who it is, where it listens and what it stands in front of', async () => {
    const { status } = await start({ labels: { room: 'lab' }, slots: 3, joinToken: 'secret' });
    const registration = await eventually(() => coordinator.registrations[0] ?? false);
    expect(registration).to.deep.include({
      agent_id: status().agentId,
      machine_name: 'test-machine',
      ip_address: '127.0.0.1',
      port: status().port,
      ollama_version: '0.32.15',
      ollama_port: ollama.port,
      slots: 3,
      labels: { room: 'lab' },
      join_token: 'secret',
    });
    await eventually(() => status().phase === 'registered');
  });

  it('sends metrics, runners and the models, and the models again only when they change', async () => {
    ollama.loaded.push({ name: 'tiny:latest', digest: 'd1', size: 10, context_length: 4096 });
    await start();
    await eventually(() => coordinator.heartbeats.length >= 3);
    const [first, second] = coordinator.heartbeats;
    expect(first?.models).to.deep.equal([{ name: 'tiny:latest', digest: 'd1', size_bytes: 10, modified_at: '' }]);
    expect(first).to.deep.include({ sequence: 1, state: 'ready', in_flight: {}, ollama: { version: '0.32.15', up: true } });
    const { disk_free_bytes: _free, ...measured } = first?.metrics ?? {};
    expect(measured).to.deep.equal({ cpu: 0.25, memory: 0.6, memory_bytes: 1000, memory_used_bytes: 600, gpus: [] });
    expect(first?.runners[0]).to.include({ signature: 'tiny:latest', state: 'ready', context_length: 4096 });
    expect(second).to.include({ sequence: 2, models_digest: first?.models_digest });
    expect(second?.models).to.equal(undefined);
    ollama.models.push({ name: 'other:latest', digest: 'd2', size: 20 });
    const changed = await eventually(() => coordinator.heartbeats.find(({ models }) => models?.length === 2) ?? false);
    expect(changed.models_digest).to.not.equal(first?.models_digest);
  });

  it('sends the models again when the coordinator asks for them', async () => {
    await start();
    await eventually(() => coordinator.heartbeats.length >= 2);
    coordinator.answer = { send_models: true };
    const seen = coordinator.heartbeats.length;
    await eventually(() => coordinator.heartbeats.slice(seen).some(({ models }) => models !== undefined));
  });

  it('registers again after the coordinator forgot it, as the same agent', async () => {
    const { status } = await start();
    await eventually(() => coordinator.heartbeats.length > 0);
    const seen = coordinator.heartbeats.length;
    coordinator.forget();
    await eventually(() => coordinator.registrations.length === 2);
    expect(coordinator.registrations[1]?.agent_id).to.equal(coordinator.registrations[0]?.agent_id);
    const next = await eventually(() => coordinator.heartbeats[seen] ?? false);
    expect(next.models, 'a coordinator that forgot it needs the models').to.have.length(1);
    await eventually(() => status().phase === 'registered');
  });

  it('goes on trying until the coordinator is there', async () => {
    const port = Number(new URL(coordinator.url).port);
    await coordinator.close();
    const { status } = await start();
    expect(status().phase).to.equal('joining');
    coordinator = await startFakeCoordinator({ port });
    await eventually(() => coordinator.heartbeats.length > 0);
  });

  it('reports itself superseded when a newer start has registered', async () => {
    coordinator.refuseWith = 409;
    const { status } = await start();
    await eventually(() => status().phase === 'superseded');
    expect(status().state).to.equal('draining');
    expect(coordinator.registrations).to.have.length(1);
  });

  it('keeps its id over a restart, with a larger incarnation', async () => {
    const first = await start();
    await eventually(() => coordinator.registrations.length === 1);
    const second = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url, dataDir: first.dataDir });
    await eventually(() => coordinator.registrations.length === 2);
    const [before, after] = coordinator.registrations;
    expect(after?.agent_id).to.equal(before?.agent_id);
    expect(after?.incarnation).to.be.greaterThan(before?.incarnation ?? Number.POSITIVE_INFINITY);
    await second.stop();
  });

  it('registers while Ollama is down, and serves when it appears', async () => {
    const { port } = ollama;
    await ollama.close();
    await start();
    const down = await eventually(() => coordinator.heartbeats[0] ?? false);
    expect(down).to.deep.include({ state: 'ollama_down', models: [], ollama: { version: '', up: false } });
    ollama = await startStubOllama({ port });
    const up = await eventually(() => coordinator.heartbeats.find(({ state }) => state === 'ready') ?? false);
    expect(up.models).to.have.length(1);
    await ollama.close();
    await eventually(() => coordinator.heartbeats.at(-1)?.state === 'ollama_down');
    ollama = await startStubOllama({ port });
  });

  it('drains while the coordinator says so', async () => {
    const { status } = await start();
    coordinator.answer = { draining: true };
    await eventually(() => coordinator.heartbeats.at(-1)?.state === 'draining');
    const refused = await coordinator.call('/api/chat', {
      method: 'POST',
      headers: { 'x-coordinator-signature': 'tiny:latest' },
      body: '{}',
    });
    expect(refused).to.deep.include({ status: 503 });
    expect(refused.headers['x-agent-busy']).to.equal('the agent is draining');
    coordinator.answer = { draining: false };
    await eventually(() => status().state === 'ready');
  });

  it('throws a clear error when its port is taken', async () => {
    const failure = await start({ port: ollama.port }).catch((error: unknown) => error);
    expect(failure).to.include({ code: 'PORT_IN_USE' });
    expect((failure as Error).message)
      .to.contain(String(ollama.port))
      .and.contain('AGENT_PORT');
  });
});
