import { Agent, request } from 'node:http';
import { formatRequest } from '../forward/script.js';
import { startAgent } from '../support/start-coordinator.js';
import { percentile } from '../support/statistics.js';
import type { Place } from './measure-registration.js';

export interface DispatchFigures {
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
}

const WARM_UP = 50;

/**
 * How much later a request reaches Ollama through coordinator and agent than sent to it directly, one request at a time.
 * Client and Ollama are this process, so that one clock sees both ends; `watchChats` says when Ollama has a request.
 */
export async function measureDispatch(place: Place, times: number, watchChats: (onChat: () => void) => void): Promise<DispatchFigures> {
  let arrivedAt = 0;
  watchChats(() => {
    arrivedAt = performance.now();
  });
  const agent = await startAgent({ ...place, name: 'dispatch' });
  const connections = new Agent({ keepAlive: true, maxSockets: 1 });
  const timeOne = async (url: string) => {
    const sentAt = performance.now();
    await chat(url, connections);
    return arrivedAt - sentAt;
  };
  const timeMany = async (url: string) => {
    for (let index = 0; index < WARM_UP; index += 1) await timeOne(url);
    const samples: number[] = [];
    for (let index = 0; index < times; index += 1) samples.push(await timeOne(url));
    return samples;
  };
  try {
    const direct = await timeMany(place.ollamaUrl);
    const ours = await timeMany(place.coordinatorUrl);
    const added = (share: number) => percentile(ours, share) - percentile(direct, share);
    return { addedP50Ms: added(0.5), addedP99Ms: added(0.99) };
  } finally {
    connections.destroy();
    await agent.stop();
  }
}

/** One request that is answered at once. Rejects unless the answer is a 200. */
function chat(url: string, connections: Agent): Promise<void> {
  const body = formatRequest({ tag: '00000001', records: 1, paceMs: 0 }, false);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/api/chat`, { method: 'POST', agent: connections, headers }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`))));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
