import type { Clock, Logger, Random, Timer } from '@ollama-coordinator/common';
import { isCursorLost, type Redis, type RedisKeys, readStreamExtent, type StreamTail } from '@ollama-coordinator/common/redis';
import type { AgentEntry } from './agent-entry.js';
import { totalInFlight } from './total-in-flight.js';

/** How long, and how much. */
export interface HistoryKept {
  readonly historyDays: number;
  readonly healthDays: number;
  /** That the requests may take in Redis. */
  readonly historyBytes: number;
}

export interface HousekeepingDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly tail: StreamTail;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly kept: HistoryKept;
  readonly entries: () => Iterable<AgentEntry>;
  /** Reads every key again: the tail missed entries. */
  readonly reload: () => Promise<void>;
}

/** Twice a minute, so that no minute goes without its sample. */
const PERIOD_MS = 25_000;
const MINUTE_MS = 60_000;
const SAMPLES_AT_ONCE = 50;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Of a stream that is too large so much less is kept, so that it is not trimmed again at once. */
const KEPT_SHARE = 0.95;
/** How far behind a replica may fall before it has to read the keys again. */
const HEARTBEATS_KEPT_MS = 2 * MINUTE_MS;

/** One health sample as the fields of a stream entry; a figure that was not measured is absent. */
export function sampleOf(entry: AgentEntry): string[] {
  const gpuLoads = entry.metrics.gpus.map((gpu) => gpu.load).filter((load) => load !== undefined);
  const inFlight = totalInFlight(entry.load);
  const figures = { cpu: entry.metrics.cpu, memory: entry.metrics.memory, gpu: gpuLoads.length > 0 ? Math.max(...gpuLoads) : undefined };
  return [
    ...Object.entries(figures).flatMap(([name, value]) => (value === undefined ? [] : [name, value.toFixed(3)])),
    'in_flight',
    String(inFlight),
  ];
}

/**
 * What has to be done now and then, and may be done by every replica: trims the streams by age and keeps one health sample
 * per agent and minute. Ages are by Redis' clock, so that a replica with a wrong one cannot trim what is young.
 */
export class Housekeeping {
  readonly #deps: HousekeepingDeps;
  #timer: Timer | undefined;
  #sampledMinute = -1;
  #running: Promise<void> | undefined;

  constructor(deps: HousekeepingDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { clock, random } = this.#deps;
    this.#timer = clock.setTimeout(
      () => {
        this.#running = this.run().finally(() => this.start());
      },
      PERIOD_MS * (0.5 + random()),
    );
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#running;
    this.#timer?.cancel();
  }

  /** Never rejects: what fails is done the next time. */
  async run(): Promise<void> {
    const { redis, log, tail, keys, reload } = this.#deps;
    try {
      const [seconds] = await redis.time();
      const nowMs = Number(seconds) * 1000;
      await this.#sample(nowMs);
      for (const key of [keys.heartbeats, keys.events]) {
        if (isCursorLost(tail.cursor(key), await readStreamExtent(redis, key))) await reload();
      }
      await this.#trim(nowMs);
    } catch (error) {
      log.debug({ err: error }, 'housekeeping in redis failed');
    }
  }

  /** The entry's id is the minute, so that of several replicas one succeeds and the others change nothing. */
  async #sample(nowMs: number): Promise<void> {
    const { redis, keys, entries, kept } = this.#deps;
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute === this.#sampledMinute) return;
    this.#sampledMinute = minute;
    const online = [...entries()].filter((entry) => entry.presence === 'online');
    // A thousand at once would hold up the requests that pass through this process.
    for (let start = 0; start < online.length; start += SAMPLES_AT_ONCE) {
      const pipeline = redis.pipeline();
      for (const entry of online.slice(start, start + SAMPLES_AT_ONCE)) {
        const key = keys.healthHistory(entry.id);
        pipeline.xadd(key, 'MINID', '~', nowMs - kept.healthDays * DAY_MS, `${minute * MINUTE_MS}-1`, ...sampleOf(entry));
      }
      await pipeline.exec();
    }
  }

  async #trim(nowMs: number): Promise<void> {
    const { redis, keys, kept } = this.#deps;
    const historyStartMs = nowMs - kept.historyDays * DAY_MS;
    await redis.xtrim(keys.heartbeats, 'MINID', '~', nowMs - HEARTBEATS_KEPT_MS);
    for (const key of [keys.events, keys.requests]) await redis.xtrim(key, 'MINID', '~', historyStartMs);
    await this.#trimRequestsBySize();
  }

  async #trimRequestsBySize(): Promise<void> {
    const { redis, keys } = this.#deps;
    const { historyBytes } = this.#deps.kept;
    const bytes = (await redis.memory('USAGE', keys.requests)) ?? 0;
    if (bytes <= historyBytes) return;
    const most = Math.floor((await redis.xlen(keys.requests)) * (historyBytes / bytes) * KEPT_SHARE);
    await redis.xtrim(keys.requests, 'MAXLEN', '~', most);
  }
}
