import { request } from 'node:http';

export interface CallerRequest {
  readonly url: string;
  /** An open coordinator knows its callers by their addresses; 127.0.0.0/8 is all loopback. */
  readonly localAddress: string;
  readonly tokens: number;
}

export interface CallerAnswer {
  readonly status: number;
  /** What the coordinator says that the request waited for a slot. */
  readonly queueMs: number;
}

/** Asks for a whole answer of `tiny`, as the caller who has that address, over a connection of its own. */
export function askAsCaller({ url, localAddress, tokens }: CallerRequest): Promise<CallerAnswer> {
  const body = JSON.stringify({ model: 'tiny', prompt: 'x', stream: false, options: { num_predict: tokens } });
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/api/generate`, { method: 'POST', localAddress, agent: false });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      response.resume().on('end', () => resolve({ status, queueMs: Number(headers['x-coordinator-queue-ms']) }));
    });
    outgoing.end(body);
  });
}
