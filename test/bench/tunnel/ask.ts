import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { formatRequest, MODEL, type Script } from '../forward/script.js';

/** A streamed request to the agent of that name; resolves with the response when its first byte is there. Rejects unless it is a 200. */
export async function askChat(url: string, agent: string, script: Omit<Script, 'tag'>, timeoutMs = 60_000): Promise<IncomingMessage> {
  return ask(`${url}/api/chat`, agent, formatRequest({ tag: '00000001', ...script }, true), timeoutMs);
}

export async function askHuge(url: string, agent: string): Promise<IncomingMessage> {
  return ask(`${url}/api/generate`, agent, JSON.stringify({ model: MODEL, prompt: 'a lot' }), 600_000);
}

async function ask(url: string, agent: string, body: string, timeoutMs: number): Promise<IncomingMessage> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-coordinator-pin': agent };
  const outgoing = request(url, { method: 'POST', agent: false, headers });
  const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  outgoing.end(body);
  try {
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    // Whoever cuts the answer off later has said so itself.
    outgoing.on('error', () => undefined);
    if (response.statusCode === 200) return response;
    response.destroy();
    throw new Error(`status ${response.statusCode}`);
  } finally {
    clearTimeout(timer);
  }
}
