import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { startTestAgent, type TestAgent } from '../../support/start-test-agent.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

describe('an agent that forwards', () => {
  let coordinator: FakeCoordinator;
  let ollama: StubOllama;
  let agent: TestAgent;

  const chat = { method: 'POST', headers: { 'x-coordinator-signature': 'tiny:latest' }, body: '{"model":"tiny"}' };

  beforeEach(async () => {
    coordinator = await startFakeCoordinator();
    ollama = await startStubOllama();
    agent = await startTestAgent({ coordinatorUrl: coordinator.url, ollamaUrl: ollama.url });
    await eventually(() => coordinator.heartbeats.length > 0);
  });

  afterEach(async () => {
    await agent.stop();
    await ollama.close();
    await coordinator.close();
  });

  it('passes a stream on chunk by chunk', async () => {
    const answering = coordinator.open('/api/chat', chat);
    const { res, req, body } = await eventually(() => ollama.requests[0] ?? Promise.reject(new Error('none')));
    expect(body).to.equal(chat.body);
    expect(req.headers).to.include({ host: `127.0.0.1:${ollama.port}`, 'content-length': String(chat.body.length) });
    expect(Object.keys(req.headers)).to.not.include.members(['authorization', 'x-coordinator-signature']);
    res.writeHead(200, { 'content-type': 'application/x-ndjson', 'set-cookie': 'a=b' });
    res.write('{"n":1}\n');
    const answer = await answering;
    expect(answer.headers).to.include({ 'content-type': 'application/x-ndjson' });
    expect(answer.headers).to.not.have.property('set-cookie');
    const chunks: string[] = [];
    answer.setEncoding('utf8').on('data', (chunk) => chunks.push(chunk));
    await eventually(() => chunks.length === 1);
    res.write('{"n":2}\n');
    await eventually(() => chunks.length === 2);
    res.end('{"done":true}\n');
    await eventually(() => answer.complete);
    expect(chunks.join('')).to.equal('{"n":1}\n{"n":2}\n{"done":true}\n');
  });
});
