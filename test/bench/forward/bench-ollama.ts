import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { formatRecord, formatReply, MODEL, parsePrompt, type Script } from './script.js';

const DETAILS = { parent_model: '', format: 'gguf', family: 'bench', families: ['bench'], parameter_size: '1M', quantization_level: 'F16' };
const listed = { name: MODEL, model: MODEL, size: 1_000_000, digest: 'b'.repeat(64), details: DETAILS };

const VIEWS: Readonly<Record<string, object>> = {
  '/api/version': { version: '0.32.15' },
  '/api/tags': { models: [{ ...listed, modified_at: '2026-01-01T00:00:00Z' }] },
  '/api/ps': { models: [{ ...listed, expires_at: '2319-01-01T00:00:00Z', size_vram: 1_000_000, context_length: 4096 }] },
};

/**
 * As much of Ollama as an agent probes, and chat replies that cost next to nothing to make: the simulated Ollama of the
 * tests is honest about time, this one is fast. `onChat` is called when a chat request's head has arrived.
 */
export function createBenchOllama(onChat: () => void = () => {}): Server {
  return createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    if (request.url === '/api/chat') onChat();
    void answer(request, response);
  });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/';
  if (path === '/') return void response.end('Ollama is running');
  if (path !== '/api/chat') return sendJson(response, VIEWS[path] ?? { error: 'not found' }, path in VIEWS ? 200 : 404);
  const { messages, stream } = JSON.parse(await text(request)) as { messages: [{ content: string }]; stream: boolean };
  const script = parsePrompt(messages[0].content);
  if (!stream) return sendText(response, formatReply(script), 200);
  streamRecords(response, script);
}

function streamRecords(response: ServerResponse, script: Script): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  let index = 0;
  const sendNext = () => {
    const record = formatRecord(script, index);
    index += 1;
    if (index < script.records) return void response.write(record, 'latin1');
    clearInterval(timer);
    response.end(record, 'latin1');
  };
  const timer = setInterval(sendNext, script.paceMs);
  response.once('close', () => clearInterval(timer));
  sendNext();
}

function sendJson(response: ServerResponse, body: object, status: number): void {
  sendText(response, JSON.stringify(body), status);
}

function sendText(response: ServerResponse, body: string, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
