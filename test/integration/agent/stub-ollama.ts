import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An Ollama of a few lines whose every token is sent by hand, for tests about the wire between agent and Ollama. */
export interface StubOllama {
  readonly url: string;
  readonly port: number;
  readonly models: { name: string; digest: string; size: number }[];
  readonly loaded: { name: string; digest: string; size: number; context_length: number }[];
  /** Requests to inference routes, oldest first; each is answered by the test. */
  readonly requests: { req: IncomingMessage; res: ServerResponse; body: string; closed: boolean }[];
  /** Connections opened so far. */
  connections: number;
  close(): Promise<void>;
}

export async function startStubOllama({ port = 0 } = {}): Promise<StubOllama> {
  const stub = {
    models: [{ name: 'tiny:latest', digest: 'd1', size: 10 }] as StubOllama['models'],
    loaded: [] as StubOllama['loaded'],
    requests: [] as StubOllama['requests'],
    connections: 0,
  };
  const server = createServer(async (req, res) => {
    const send = (body: unknown) => res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (req.url === '/api/version') return send({ version: '0.32.15' });
    if (req.url === '/api/tags') return send({ models: stub.models });
    if (req.url === '/api/ps') return send({ models: stub.loaded });
    let body = '';
    for await (const chunk of req.setEncoding('utf8')) body += chunk;
    const { model, keep_alive, prompt } = JSON.parse(body || '{}');
    if (req.url === '/api/generate' && keep_alive === 0 && prompt === undefined) {
      stub.loaded.splice(0, stub.loaded.length, ...stub.loaded.filter(({ name }) => name !== model));
      return send({ model, done: true, done_reason: 'unload' });
    }
    const entry = { req, res, body, closed: false };
    res.once('close', () => {
      entry.closed = true;
    });
    stub.requests.push(entry);
  });
  server.on('connection', () => {
    stub.connections += 1;
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return Object.assign(stub, {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
