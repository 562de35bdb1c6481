import { Agent, request } from 'node:http';

/** What a client saw of one request. Milliseconds. */
export interface ChatOutcome {
  readonly status: number | undefined;
  readonly ttftMs: number | undefined;
  readonly totalMs: number;
  /** It ended as a whole answer ends. */
  readonly isWhole: boolean;
}

const DONE = '"done":true';

/** Sends a streamed chat to the next of the addresses and reads it to its end. Never rejects. */
export function createSendChat(urls: readonly string[]): { send(body: string): Promise<ChatOutcome>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  let count = 0;
  const send = (body: string) =>
    new Promise<ChatOutcome>((resolve) => {
      const startMs = performance.now();
      let status: number | undefined;
      let ttftMs: number | undefined;
      let tail = '';
      const end = () => resolve({ status, ttftMs, totalMs: performance.now() - startMs, isWhole: status === 200 && tail.includes(DONE) });
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const outgoing = request(`${urls[count++ % urls.length]}/api/chat`, { method: 'POST', agent, headers }, (response) => {
        status = response.statusCode;
        response.on('data', (chunk: Buffer) => {
          ttftMs ??= performance.now() - startMs;
          tail = (tail + chunk.toString()).slice(-2000);
        });
        response.on('close', end);
      });
      outgoing.on('error', end);
      outgoing.end(body);
    });
  return { send, close: () => agent.destroy() };
}
