import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, type FakeWatch, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { startTestAgent, type TestAgent } from '../../support/start-test-agent.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

const ask = (signature: string, { replica = 'replica-1', grant = '' } = {}) => ({
  method: 'POST',
  body: '{}',
  replica,
  headers: { 'x-coordinator-signature': signature, ...(grant && { 'x-coordinator-grant': grant }) },
});

describe("an agent's gate", () => {
  let coordinator: FakeCoordinator;
  let ollama: StubOllama;
  let agent: TestAgent;

  beforeEach(async () => {
    coordinator = await startFakeCoordinator();
    ollama = await startStubOllama();
    agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url, slots: 1 });
    await eventually(() => agent.status().phase === 'registered');
  });

  afterEach(async () => {
    await agent.stop();
    await ollama.close();
    await coordinator.close();
  });

  it('answers busy at once when the slot is taken, and Ollama sees nothing', async () => {
    const first = coordinator.call('/api/chat', ask('tiny:latest'));
    const running = await eventually(() => ollama.requests[0] ?? false);
    const refused = await coordinator.call('/api/chat', ask('tiny:latest'));
    expect(refused.status).to.equal(503);
    expect(refused.headers).to.include({ 'x-agent-busy': 'every slot of the model is taken', 'x-agent-error': 'AGENT_BUSY' });
    expect(JSON.parse(refused.body)).to.deep.equal({ error: 'every slot of the model is taken' });
    expect(ollama.requests).to.have.length(1);
    running.res.end('{}');
    expect((await first).status).to.equal(200);
    await eventually(() => agent.status().inFlight === 0);
  });

  it('keeps the connection of a caller that it refuses', async () => {
    const first = coordinator.call('/api/chat', ask('tiny:latest'));
    const running = await eventually(() => ollama.requests[0] ?? false);
    for (const body of ['{}', 'x'.repeat(1_000_000)]) {
      const headers = { ...ask('tiny:latest').headers, connection: 'keep-alive' };
      const refused = await coordinator.call('/api/chat', { ...ask('tiny:latest'), headers, body });
      expect(refused.status).to.equal(503);
      expect(refused.headers).to.include({ connection: 'keep-alive' });
    }
    running.res.end('{}');
    await first;
  });

  it('needs a signature to gate a request', async () => {
    const refused = await coordinator.call('/api/chat', { method: 'POST', body: '{}' });
    expect(refused.status).to.equal(400);
    expect(refused.body).to.contain('x-coordinator-signature');
  });

  it('tells a watch the state first and after each change, in flight by replica', async () => {
    const watch = await coordinator.watch('replica-9');
    await eventually(() => watch.records.length > 0);
    expect(watch.records[0]).to.deep.include({ type: 'state', state: 'ready', in_flight: {}, runners: [] });
    const answering = coordinator.call('/api/chat', ask('tiny:latest;num_ctx=8192', { replica: 'replica-2' }));
    const busy = await eventually(() => watch.records.find(({ in_flight }) => Object.keys(in_flight ?? {}).length > 0) ?? false);
    expect(busy).to.deep.include({ in_flight: { 'replica-2': 1 } });
    expect(busy.runners).to.have.nested.property('[0].signature', 'tiny:latest;num_ctx=8192');
    expect(busy.runners).to.have.nested.property('[0].state', 'loading');
    const { res } = await eventually(() => ollama.requests[0] ?? false);
    res.end('{}');
    await answering;
    await eventually(() => expect(watch.records.at(-1)).to.deep.include({ in_flight: {} }));
    watch.close();
  });

  it('pings each second', async () => {
    const watch = await coordinator.watch('replica-1');
    await eventually(() => watch.records.filter(({ type }) => type === 'ping').length >= 2);
    watch.close();
  });

  it('grants a freed slot to the best want and keeps it for that replica', async () => {
    const one = await coordinator.watch('replica-1');
    const two = await coordinator.watch('replica-2');
    const answering = coordinator.call('/api/chat', ask('tiny:latest'));
    const running = await eventually(() => ollama.requests[0] ?? false);
    await putWants('replica-1', 20);
    await putWants('replica-2', 10);
    running.res.end('{}');
    await answering;
    const grant = await eventually(() => grantOf(two) ?? false);
    expect(grant).to.deep.include({ signature: 'tiny:latest' });
    const granted = coordinator.call('/api/chat', ask('tiny:latest', { replica: 'replica-2', grant: String(grant.grant_id) }));
    await eventually(() => ollama.requests.length === 2);
    ollama.requests[1]?.res.end('{}');
    expect((await granted).status).to.equal(200);
    await eventually(() => grantOf(one) !== undefined);
    one.close();
    two.close();
  });

  it('evicts an idle model itself before it sends a request that needs the room', async () => {
    await agent.stop();
    ollama.loaded.push({ name: 'other:latest', digest: 'd9', size: 10, context_length: 4096 });
    const readLimits = async () => ({ slots: 1, maxRunners: 1 });
    agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url }, { readLimits });
    const heartbeat = await eventually(() => coordinator.heartbeats.find(({ max_runners }) => max_runners === 1) ?? false);
    expect(heartbeat.runners).to.have.length(1);
    const answering = coordinator.call('/api/chat', ask('tiny:latest'));
    const { res } = await eventually(() => ollama.requests[0] ?? false);
    expect(ollama.loaded, 'other:latest left first').to.deep.equal([]);
    res.end('{}');
    expect((await answering).status).to.equal(200);
  });

  const putWants = async (replica: string, virtualTime: number) => {
    const wants = [{ signature: 'tiny:latest', priority: 0, virtual_time: virtualTime, waiting: 1 }];
    const answer = await coordinator.call('/agent/wants', { method: 'PUT', replica, body: JSON.stringify({ wants }) });
    expect(answer.status).to.equal(204);
  };
});

function grantOf({ records }: FakeWatch) {
  return records.find(({ type }) => type === 'grant');
}
