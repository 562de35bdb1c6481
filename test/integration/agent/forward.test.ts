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
    const { res, req, body } = await eventually(() => ollama.requests[0] ?? false);
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

  it('takes the request to Ollama down when the caller leaves', async () => {
    const answering = coordinator.open('/api/chat', chat);
    const request = await eventually(() => ollama.requests[0] ?? false);
    request.res.writeHead(200).write('{"n":1}\n');
    const answer = await answering;
    answer.on('error', () => undefined).destroy();
    await eventually(() => request.closed, { withinMs: 250, everyMs: 2 });
    await eventually(() => agent.status().inFlight === 0);
  });

  it('takes it down when the caller leaves before the first byte', async () => {
    const left = new AbortController();
    const answering = coordinator.open('/api/chat', { ...chat, signal: left.signal }).catch((error: Error) => error);
    const request = await eventually(() => ollama.requests[0] ?? false);
    left.abort();
    await eventually(() => request.closed, { withinMs: 250, everyMs: 2 });
    await answering;
  });

  it('breaks the answer off when Ollama dies in the middle of it', async () => {
    const answering = coordinator.call('/api/chat', chat).catch((error: Error) => error);
    const { res } = await eventually(() => ollama.requests[0] ?? false);
    res.writeHead(200).write('{"n":1}\n', () => res.destroy());
    expect(await answering).to.be.instanceOf(Error);
    await eventually(() => agent.status().inFlight === 0);
  });

  it('says that Ollama broke off before it answered', async () => {
    const answering = coordinator.call('/api/chat', chat);
    const { res } = await eventually(() => ollama.requests[0] ?? false);
    res.destroy();
    const answer = await answering;
    expect(answer.status).to.equal(502);
    expect(answer.headers).to.include({ 'x-agent-error': 'OLLAMA_FAILED' });
    expect(JSON.parse(answer.body).error).to.contain(ollama.url);
    await eventually(() => agent.status().inFlight === 0);
  });

  it('says that Ollama is not there, and reports itself so at once', async () => {
    const { port } = ollama;
    await ollama.close();
    const answer = await coordinator.call('/api/chat', chat);
    expect(answer.status).to.equal(502);
    expect(answer.headers).to.include({ 'x-agent-error': 'OLLAMA_UNREACHABLE' });
    expect(JSON.parse(answer.body).error).to.contain('ollama serve');
    await eventually(() => coordinator.heartbeats.at(-1)?.state === 'ollama_down');
    ollama = await startStubOllama({ port });
  });

  it('keeps its connections to Ollama for the next request', async () => {
    const opened = ollama.connections;
    for (let round = 0; round < 5; round += 1) {
      const answering = coordinator.call('/api/chat', chat);
      const request = await eventually(() => ollama.requests[round] ?? false);
      request.res.end('{}');
      await answering;
      await eventually(() => agent.status().inFlight === 0);
    }
    expect(ollama.connections - opened).to.equal(1);
  });

  it('frames the body of a DELETE that came in chunks', async () => {
    const answering = coordinator.call('/api/delete', {
      method: 'DELETE',
      body: '{"model":"x"}',
      headers: { 'transfer-encoding': 'chunked' },
    });
    const { res, body, req } = await eventually(() => ollama.requests[0] ?? false);
    expect(body).to.equal('{"model":"x"}');
    expect(req.headers['transfer-encoding']).to.equal('chunked');
    res.end('{}');
    expect((await answering).status).to.equal(200);
    expect(ollama.requests).to.have.length(1);
  });

  it('holds a slow reader back instead of gathering the answer in memory', async () => {
    const answering = coordinator.open('/api/chat', chat);
    const { res } = await eventually(() => ollama.requests[0] ?? false);
    const chunk = Buffer.alloc(64 * 1024);
    res.writeHead(200);
    let sentBytes = 0;
    let full = false;
    for (let round = 0; round < 1000 && !full; round += 1) {
      full = !res.write(chunk) && res.writableLength > 8 * chunk.length;
      sentBytes += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(full, 'Ollama is held back').to.equal(true);
    res.end();
    const answer = await answering;
    let readBytes = 0;
    for await (const part of answer) readBytes += part.length;
    expect(readBytes).to.equal(sentBytes);
  });

  it('answers 401 without a token of its coordinator, and Ollama sees nothing', async () => {
    for (const path of ['/api/chat', '/api/tags', '/agent/watch', '/nope']) {
      const answer = await coordinator.call(path, { ...chat, replica: null });
      expect(answer.status, path).to.equal(401);
      expect(answer.headers).to.include({ 'x-agent-error': 'BAD_AGENT_TOKEN' });
    }
    expect(ollama.requests).to.deep.equal([]);
  });

  it('passes on what is in its table and nothing else', async () => {
    expect((await coordinator.call('/api/version')).body).to.equal('{"version":"0.32.15"}');
    for (const path of ['/api//chat', '/%61pi/chat', '/api/chat/', '/API/chat', '/api/blobs/..', '/api/chat/..%2fdelete', '/api/chat;x']) {
      expect((await coordinator.call(path, chat)).status, path).to.equal(404);
    }
    expect(ollama.requests).to.deep.equal([]);
  });

  it('answers the challenge of its coordinator', async () => {
    const answer = await coordinator.call('/agent/challenge?nonce=n1');
    const { agent_id, incarnation } = coordinator.registrations[0] ?? {};
    expect(JSON.parse(answer.body)).to.deep.equal({ agent_id, incarnation, nonce: 'n1' });
  });
});
