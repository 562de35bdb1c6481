import { readdirSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { Fleet } from '../../support/start-fleet.js';
import { HEADERS } from '../chaos/chaos-fleet.js';
import { ownRssBytes } from '../support/process-usage.js';

/** What must not grow. Sums over all coordinators; memory in bytes. */
export interface Resources {
  readonly rssBytes: number;
  readonly descriptors: number;
  readonly timers: number;
  readonly redisKeys: number;
}

/** Reads them at rest: right after load the garbage of it would be counted. */
export async function readResources(fleet: Fleet): Promise<Resources> {
  const redis = new Redis(fleet.redis.url);
  try {
    const pids = fleet.coordinators.map(({ program }) => program.pid);
    const timers = await Promise.all(fleet.coordinators.map(({ url }) => readTimers(url)));
    return {
      rssBytes: sum(pids.map(ownRssBytes)),
      descriptors: sum(pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length)),
      timers: sum(timers),
      redisKeys: await redis.dbsize(),
    };
  } finally {
    redis.disconnect();
  }
}

/** prom-client counts what keeps the process going, by kind. */
async function readTimers(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { headers: HEADERS })).text();
  return Number(/nodejs_active_resources\{type="Timeout"\} (\d+)/.exec(text)?.[1] ?? Number.NaN);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
