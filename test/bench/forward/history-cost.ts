import { type Request, silentLogger, systemClock } from '@ollama-coordinator/common';
import { redisKeys } from '@ollama-coordinator/common/redis';
import { createRequestAppender, type RequestAppender } from '#coordinator/history/append-requests.js';
import { rollUp } from '#coordinator/history/rollups/roll-up.js';
import { anAttempt } from '../../support/an-attempt.js';
import { aRequest } from '../../support/scripted-fleet.js';
import { startConnectedRedis } from '../../support/start-connected-redis.js';
import { answerOrders } from '../support/companion.js';
import { median } from '../support/statistics.js';

export interface HistoryOrder {
  readonly rounds: number;
  readonly seconds: number;
}

/** CPU time of this process for each request, medians of the rounds, in µs. */
export interface HistoryCost {
  /** Writing its record and that of its one attempt. */
  readonly writeUs: number;
  /** Adding it to the roll-ups. */
  readonly rollUpUs: number;
}

const PER_S = 1000;
const TURN_MS = 5;
/** Longer than a burst is gathered for. */
const LAST_BURST_MS = 150;

/** The history as a coordinator has it, and nothing else of one: its share is too small to be seen in what a whole coordinator uses. */
answerOrders<HistoryOrder, HistoryCost>(async ({ rounds, seconds }) => {
  const { redis, close } = await startConnectedRedis();
  const keys = redisKeys('{bench}');
  const appender = createRequestAppender({ redis, keys, clock: systemClock, log: silentLogger });
  // A coordinator has done both for hours: neither is measured while V8 still compiles it.
  for (let warm = 0; warm < 3; warm += 1) {
    await usedPerRequest(seconds / 3, appender);
    await rollUp({ redis, keys, log: silentLogger });
  }
  const writing: number[] = [];
  const adding: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const without = await usedPerRequest(seconds, undefined);
    writing.push((await usedPerRequest(seconds, appender)) - without);
    const before = process.cpuUsage();
    const { added } = await rollUp({ redis, keys, log: silentLogger });
    adding.push(microsSince(before) / added);
  }
  await appender.close();
  await close();
  return { writeUs: median(writing), rollUpUs: median(adding) };
});

let made = 0;

/** Of so many requests a second, each with the record that is made of it anyway; kept where there is where to. */
async function usedPerRequest(seconds: number, history: RequestAppender | undefined): Promise<number> {
  const before = process.cpuUsage();
  const startedMs = performance.now();
  let count = 0;
  for (let elapsedMs = 0; elapsedMs < seconds * 1000; elapsedMs = performance.now() - startedMs) {
    for (; count < (elapsedMs * PER_S) / 1000; count += 1) {
      const request = madeRequest();
      const json = JSON.stringify(request);
      history?.appendAttempt(anAttempt({ request_id: request.id }));
      history?.append(request, json);
    }
    await pause(TURN_MS);
  }
  await pause(LAST_BURST_MS);
  return microsSince(before) / count;
}

function madeRequest(): Request {
  made += 1;
  const agent = { agent_id: 'desk', agent_name: 'Desk', why: 'model loaded, free slot' };
  const figures = { first_byte_ms: 230, prefill_ms: 200, decode_ms: 4000, prompt_tokens: 400, output_tokens: 200 };
  return aRequest({ id: `r${made}`, received_at: new Date().toISOString(), ...agent, ...figures });
}

function microsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
