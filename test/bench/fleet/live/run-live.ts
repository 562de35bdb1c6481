import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Arrival, createChatBodies } from '@ollama-coordinator/simulator';
import { percentile } from '../../support/statistics.js';
import { chatOf } from './chat-of.js';
import type { StartTarget } from './live-targets.js';
import { type ChatOutcome, createSendChat } from './send-chat.js';
import { type MachinesOrder, startMachines } from './start-machines.js';

/** Milliseconds in the fleet's own time, as if nothing had been sped up; null where nothing was answered. */
export interface LiveSpread {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
}

/** How a target did, as the JSON file has it. */
export interface LiveFigures {
  readonly requests: number;
  readonly completed: number;
  /** Answered 429 or 503. */
  readonly refused: number;
  /** Any other end than a whole answer. */
  readonly failed: number;
  readonly ttft_ms: LiveSpread;
  readonly total_ms: LiveSpread;
  readonly loads: number;
  readonly evictions: number;
}

export interface LiveOrder extends MachinesOrder {
  readonly arrivals: readonly Arrival[];
}

/** Fresh machines, the target in front of them, and each arrival at its time. Undefined where the target is not installed. */
export async function runLive(start: StartTarget, order: LiveOrder): Promise<LiveFigures | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-live-'));
  const ollamas = await startMachines(order);
  try {
    const target = await start(order.fleet, ollamas, folder);
    if (!target) return undefined;
    const outcomes = await sendAll(target.urls, order).finally(() => target.stop());
    const stats = ollamas.map((ollama) => ollama.stats);
    const sum = (read: (one: (typeof stats)[number]) => number) => stats.reduce((total, one) => total + read(one), 0);
    return {
      ...figuresOf(outcomes, order.speedUp),
      loads: sum(({ loads }) => loads),
      evictions: sum(({ unloads, expired }) => unloads - expired),
    };
  } finally {
    await Promise.all(ollamas.map((ollama) => ollama.close()));
    await rm(folder, { recursive: true, force: true });
  }
}

async function sendAll(urls: readonly string[], { arrivals, seed, speedUp }: LiveOrder): Promise<readonly ChatOutcome[]> {
  const { send, close } = createSendChat(urls);
  const bodyOf = createChatBodies(seed);
  const bodies = arrivals.map((arrival) => chatOf(arrival, bodyOf(arrival)));
  const startMs = performance.now();
  const sent: Promise<ChatOutcome>[] = [];
  for (const [index, { atMs }] of arrivals.entries()) {
    const leftMs = startMs + atMs / speedUp - performance.now();
    if (leftMs > 0) await delay(leftMs);
    sent.push(send(bodies[index] ?? ''));
  }
  return Promise.all(sent).finally(close);
}

function figuresOf(outcomes: readonly ChatOutcome[], speedUp: number): Omit<LiveFigures, 'loads' | 'evictions'> {
  const answered = outcomes.filter(({ isWhole }) => isWhole);
  const refused = outcomes.filter(({ status }) => status === 429 || status === 503).length;
  return {
    requests: outcomes.length,
    completed: answered.length,
    refused,
    failed: outcomes.length - answered.length - refused,
    ttft_ms: spreadOf(
      answered.flatMap(({ ttftMs }) => ttftMs ?? []),
      speedUp,
    ),
    total_ms: spreadOf(
      answered.map(({ totalMs }) => totalMs),
      speedUp,
    ),
  };
}

function spreadOf(realMs: readonly number[], speedUp: number): LiveSpread {
  const of = (share: number) => (realMs.length === 0 ? null : Math.round(percentile(realMs, share) * speedUp));
  return { p50: of(0.5), p90: of(0.9), p99: of(0.99) };
}
