import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { answerOrders } from '../support/companion.js';
import { spreadOf } from '../support/statistics.js';
import type { LoadOrder, LoadResult } from './load-order.js';
import { formatReply, formatRequest, formatStream, type Script } from './script.js';

/** The load of bench:forward, a process of its own. Every byte of every reply is compared with what the backend sends. */
answerOrders<LoadOrder, LoadResult>(runLoad);

const FAILURES_KEPT = 5;
const LONGEST_REPLY_MS = 60_000;
let lastTag = 0;

interface Tally {
  requests: number;
  records: number;
  failureCount: number;
  readonly failures: string[];
  readonly firstByteMs: number[];
  readonly totalMs: number[];
  readonly gapMs: number[];
}

async function runLoad(order: LoadOrder): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: order.connections });
  const tally: Tally = { requests: 0, records: 0, failureCount: 0, failures: [], firstByteMs: [], totalMs: [], gapMs: [] };
  const startedAt = performance.now();
  const lanes = Array.from({ length: order.connections }, async (_, lane) => {
    await wait((lane * order.spreadMs) / order.connections);
    const url = order.urls[lane % order.urls.length] ?? '';
    do await sendOne(url, order, agent, tally);
    while (performance.now() - startedAt < order.seconds * 1000);
  });
  await Promise.all(lanes);
  const wallMs = performance.now() - startedAt;
  agent.destroy();
  const { requests, records, failureCount, failures } = tally;
  return {
    requests,
    records,
    wallMs,
    firstByteMs: spreadOf(tally.firstByteMs),
    totalMs: spreadOf(tally.totalMs),
    gapMs: spreadOf(tally.gapMs),
    failureCount,
    failures,
  };
}

/** Sends one request and enters it into the tally. Never rejects: a failure is an entry as well. */
async function sendOne(url: string, order: LoadOrder, agent: Agent, tally: Tally): Promise<void> {
  lastTag += 1;
  const script: Script = { tag: String(lastTag).padStart(8, '0'), records: order.stream?.records ?? 1, paceMs: order.stream?.paceMs ?? 0 };
  const expected = order.stream === undefined ? Buffer.from(formatReply(script)) : formatStream(script);
  const body = formatRequest(script, order.stream !== undefined);
  tally.requests += 1;
  await new Promise<void>((resolve) => {
    const fail = (sentence: string) => {
      tally.failureCount += 1;
      if (tally.failures.length < FAILURES_KEPT) tally.failures.push(sentence);
      resolve();
    };
    const sentAt = performance.now();
    const outgoing = request(`${url}/api/chat`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...order.headers },
      timeout: LONGEST_REPLY_MS,
    });
    outgoing.on('error', (error) => fail(`the connection failed: ${error.message}`));
    outgoing.on('timeout', () => outgoing.destroy(new Error(`nothing arrived for ${LONGEST_REPLY_MS} ms`)));
    outgoing.on('response', (response) => checkReply(response, { expected, sentAt, tally, succeed: resolve, fail }));
    outgoing.end(body);
  });
}

interface Check {
  readonly expected: Buffer;
  readonly sentAt: number;
  readonly tally: Tally;
  readonly succeed: () => void;
  readonly fail: (sentence: string) => void;
}

function checkReply(response: IncomingMessage, { expected, sentAt, tally, succeed, fail }: Check): void {
  let offset = 0;
  let differs = false;
  let lastAt = 0;
  response.on('data', (chunk: Buffer) => {
    const arrivedAt = performance.now();
    if (lastAt === 0) tally.firstByteMs.push(arrivedAt - sentAt);
    else tally.gapMs.push(arrivedAt - lastAt);
    lastAt = arrivedAt;
    differs ||= !chunk.equals(expected.subarray(offset, offset + chunk.length));
    offset += chunk.length;
    tally.records += countNewlines(chunk);
  });
  response.on('error', (error) => fail(`the reply was cut after ${offset} of ${expected.length} bytes: ${error.message}`));
  response.on('end', () => {
    if (response.statusCode !== 200) return fail(`status ${response.statusCode}`);
    if (differs || offset !== expected.length) return fail(`wrong bytes: ${offset} arrived, ${expected.length} were due`);
    tally.totalMs.push(performance.now() - sentAt);
    succeed();
  });
}

function countNewlines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count += 1;
  return count;
}
