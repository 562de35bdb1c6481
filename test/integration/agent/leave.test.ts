import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { startTestAgent } from '../../support/start-test-agent.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

describe('an agent that leaves', () => {
  let coordinator: FakeCoordinator;
  let ollama: StubOllama;

  beforeEach(async () => {
    coordinator = await startFakeCoordinator();
    ollama = await startStubOllama();
  });

  afterEach(async () => {
    await ollama.close();
    await coordinator.close();
  });

  it('finishes what runs, refuses what comes, tells its watchers first and the coordinator last', async () => {
    const agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url });
    await eventually(() => agent.status().phase === 'registered');
    const watch = await coordinator.watch('replica-1');
    const chat = { method: 'POST', headers: { 'x-coordinator-signature': 'tiny:latest' }, body: '{}' };
    const answering = coordinator.call('/api/chat', chat);
    const { res } = await eventually(() => ollama.requests[0] ?? false);
    res.writeHead(200).write('{"n":1}\n');

    const stopping = agent.stop();
    await eventually(() => watch.records.some(({ type }) => type === 'leaving'));
    expect((await coordinator.call('/api/chat', chat)).headers).to.include({ 'x-agent-busy': 'the agent is draining' });
    expect(coordinator.leaves).to.deep.equal([]);

    res.end('{"done":true}\n');
    expect((await answering).body).to.equal('{"n":1}\n{"done":true}\n');
    await stopping;
    const { agent_id, incarnation } = coordinator.registrations[0] ?? {};
    expect(coordinator.leaves).to.deep.equal([{ agent_id, incarnation }]);
    await eventually(() => watch.closed);
  });

  it('leaves after the grace though an answer is still under way', async () => {
    const agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url }, { graceMs: 50 });
    await eventually(() => agent.status().phase === 'registered');
    const chat = { method: 'POST', headers: { 'x-coordinator-signature': 'tiny:latest' }, body: '{}' };
    const answering = coordinator.call('/api/chat', chat).catch((error: Error) => error);
    const request = await eventually(() => ollama.requests[0] ?? false);
    request.res.writeHead(200).write('{"n":1}\n');
    await agent.stop();
    expect(await answering, 'a broken stream, no clean end').to.be.instanceOf(Error);
    await eventually(() => request.closed);
  });

  it('leaves though the coordinator is gone', async () => {
    const agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url });
    await eventually(() => agent.status().phase === 'registered');
    await coordinator.close();
    await agent.stop();
    expect(agent.status().phase).to.equal('stopped');
    coordinator = await startFakeCoordinator();
  });
});
