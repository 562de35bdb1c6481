import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBenchOllama } from '../forward/bench-ollama.js';
import { MODEL } from '../forward/script.js';

const LINE_BYTES = 16 * 1024;
const LINE = `${JSON.stringify({ model: MODEL, created_at: '2026-01-01T00:00:00Z', response: 'x'.repeat(LINE_BYTES - 93), done: false })}\n`;
const LAST = `${JSON.stringify({ model: MODEL, created_at: '2026-01-01T00:00:00Z', response: '', done: true, done_reason: 'stop', eval_count: 1, eval_duration: 1 })}\n`;

/** The Ollama of bench:tunnel, in the process that measures, so that one clock and one count see both ends of a stream. */
export interface PacedOllama {
  readonly url: string;
  readonly port: number;
  /** Bytes of the body of the last huge answer that the kernel took. */
  readonly sentBytes: number;
  /** Of one huge answer. */
  readonly hugeBytes: number;
  /** Resolves with the time at which the next chat's connection closes. */
  nextChatClosed(): Promise<number>;
  close(): void;
}

/** `/api/chat` is bench:forward's; `/api/generate` sends as many bytes as it is told here, as fast as they are taken. */
export async function startPacedOllama(wantedBytes: number): Promise<PacedOllama> {
  const lines = Math.ceil(wantedBytes / LINE.length);
  let sentBytes = 0;
  let onChatClosed: (atMs: number) => void = () => undefined;
  const server = createBenchOllama();
  const [answer] = server.listeners('request') as [(request: IncomingMessage, response: ServerResponse) => void];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/api/chat') response.once('close', () => onChatClosed(performance.now()));
    if (request.url === '/api/generate') sendHuge(response);
    else answer(request, response);
  });

  function sendHuge(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    sentBytes = 0;
    let index = 0;
    // The next line only when the kernel has the last one: what was sent is known to a line.
    const sendNext = (error?: Error | null) => {
      if (error) return;
      index += 1;
      const line = index > lines ? LAST : LINE;
      sentBytes += line.length;
      if (index > lines) response.end(line);
      else response.write(line, sendNext);
    };
    sendNext();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get sentBytes() {
      return sentBytes;
    },
    hugeBytes: lines * LINE.length + LAST.length,
    nextChatClosed: () =>
      new Promise((resolve) => {
        onChatClosed = resolve;
      }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
