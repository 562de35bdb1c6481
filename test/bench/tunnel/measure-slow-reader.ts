import type { IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { ownRssBytes } from '../support/process-usage.js';
import { askChat, askHuge } from './ask.js';
import { kernelQueuesBytes } from './kernel-queues.js';
import type { Place } from './place.js';

export interface SlowReaderFigures {
  /** The most that was on the way while the reader stood still: sent by Ollama, not read by the client, and not in a queue of the kernel. */
  readonly heldBytes: number;
  /** The same, of which the kernel held: what sockets hold whoever uses them. */
  readonly kernelBytes: number;
  /** Resident memory at the fullest moment less that before, of both programs. */
  readonly grownBytes: { readonly coordinator: number; readonly agent: number };
  /** First byte of another request through the same tunnel while the reader stood still, the slowest. */
  readonly besideMs: number;
  readonly stops: number;
  readonly missingBytes: number;
}

/** Between two stops. */
const GULP_BYTES = 10 * 1024 * 1024;
/** Nothing moves any more after so many equal looks. */
const EQUAL_LOOKS = 4;
const LOOK_EVERY_MS = 50;

/** One client reads a huge answer in gulps, and stands still between them until all the way to Ollama does. */
export async function measureSlowReader(place: Place): Promise<SlowReaderFigures> {
  const { coordinator, ollama, agents } = place;
  const ports = new Set([ollama.port, Number(new URL(coordinator.url).port)]);
  const pids = { coordinator: coordinator.pid, agent: agents.tunnel.pid };
  const before = { coordinator: ownRssBytes(pids.coordinator), agent: ownRssBytes(pids.agent) };
  const grown = { coordinator: 0, agent: 0 };
  let heldBytes = 0;
  let kernelBytes = 0;
  let besideMs = 0;
  let stops = 0;
  const response = await askHuge(coordinator.url, 'tunnel');
  const reader = createReader(response);
  for (;;) {
    const isOver = await reader.readMore(GULP_BYTES);
    for (const name of ['coordinator', 'agent'] as const) grown[name] = Math.max(grown[name], ownRssBytes(pids[name]) - before[name]);
    if (isOver) break;
    stops += 1;
    await standsStill(() => ollama.sentBytes);
    const inKernel = kernelQueuesBytes(ports);
    heldBytes = Math.max(heldBytes, ollama.sentBytes - reader.takenBytes() - inKernel);
    kernelBytes = Math.max(kernelBytes, inKernel);
    const askedAt = performance.now();
    (await askChat(coordinator.url, 'tunnel', { records: 2, paceMs: 1 })).resume();
    besideMs = Math.max(besideMs, performance.now() - askedAt);
  }
  return { heldBytes, kernelBytes, grownBytes: grown, besideMs, stops, missingBytes: ollama.hugeBytes - reader.takenBytes() };
}

/** What a response gave, counted up to its own buffers. */
function createReader(response: IncomingMessage) {
  let readBytes = 0;
  let wantedBytes = 0;
  let onEnough: (isOver: boolean) => void = () => undefined;
  let onBroken: (error: Error) => void = () => undefined;
  response.pause();
  response.on('data', (chunk: Buffer) => {
    readBytes += chunk.length;
    if (readBytes < wantedBytes) return;
    response.pause();
    onEnough(false);
  });
  response.once('end', () => onEnough(true));
  response.once('error', (error) => onBroken(error));
  return {
    takenBytes: () => readBytes + response.readableLength + response.socket.readableLength,
    readMore(bytes: number): Promise<boolean> {
      wantedBytes = readBytes + bytes;
      return new Promise((resolve, reject) => {
        onEnough = resolve;
        onBroken = reject;
        response.resume();
      });
    },
  };
}

async function standsStill(read: () => number): Promise<void> {
  let last = read();
  for (let equal = 0; equal < EQUAL_LOOKS; ) {
    await wait(LOOK_EVERY_MS);
    const next = read();
    equal = next === last ? equal + 1 : 0;
    last = next;
  }
}
