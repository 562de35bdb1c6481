import type { Clock, Logger, Timer } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { bindScript, type Redis, type RedisKeys, STREAM_START } from '@ollama-coordinator/common/redis';
import { HEARTBEAT_LIMIT_BYTES, parseHeartbeat } from './agent-hash.js';
import type { Fleet } from './create-fleet.js';
import type { Ingested } from './ingest-heartbeat.js';
import type { RedisState } from './redis-health.js';
import { READ_AGENT_STREAMS } from './scripts/read-agent-streams.js';

/** Why an entry of an agent's stream was not taken; 'invalid': no heartbeat of that agent, or too long. */
export type DropReason = 'invalid' | Exclude<Ingested, 'ok' | 'seen'>;

export interface DirectHeartbeatsDeps {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly fleet: Pick<Fleet, 'entries' | 'entry'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly redisState: () => RedisState;
  /** True where this replica is the one that reads the agent's stream. */
  readonly owns: (id: AgentId) => boolean;
  readonly ingest: (body: NonNullable<ReturnType<typeof parseHeartbeat>>) => Promise<Ingested>;
  readonly onDropped: (reason: DropReason, count: number) => void;
}

/** How often the streams are read: all in one call, which costs less than a blocking read that each entry ends. */
const POLL_MS = 200;
/** How often it is asked which agents have a stream, in polls. */
const DISCOVER_EVERY = 5;
const MOST_ENTRIES = 10;
const ENOUGH_BYTES = HEARTBEAT_LIMIT_BYTES;

type StreamReply = [index: number, cursor: string, dropped: number, ...payloads: string[]];

/**
 * Reads the heartbeats that agents write to Redis themselves. Every such stream has one replica that reads it. When that one dies, or
 * another joins, the next owner begins with the newest entries: some are read twice then, and passed over by their sequence.
 */
export class DirectHeartbeats {
  readonly #deps: DirectHeartbeatsDeps;
  readonly #readStreams: ReturnType<typeof bindScript>;
  /** Of the streams that exist and are this replica's to read. */
  readonly #cursors = new Map<AgentId, string>();
  readonly #warned = new Set<AgentId>();
  #timer: Timer | undefined;
  #polling: Promise<void> | undefined;
  #polls = 0;
  /** Which stream comes first, so that one with much to read does not starve those behind it. */
  #first = 0;

  constructor(deps: DirectHeartbeatsDeps) {
    this.#deps = deps;
    this.#readStreams = bindScript(deps.redis, READ_AGENT_STREAMS);
  }

  start(): void {
    this.#timer = this.#deps.clock.setInterval(() => void this.poll(), POLL_MS);
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#polling;
  }

  /** Never rejects: what could not be read is read the next time. Calls while one runs share it. */
  poll(): Promise<void> {
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = undefined;
    });
    return this.#polling;
  }

  async #poll(): Promise<void> {
    const { redisState, log } = this.#deps;
    if (redisState() === 'down') return;
    try {
      if (this.#polls % DISCOVER_EVERY === 0) await this.#discover();
      this.#polls += 1;
      if (this.#cursors.size > 0) await this.#read();
    } catch (error) {
      log.debug({ err: error }, "the agents' own streams could not be read");
    }
  }

  async #discover(): Promise<void> {
    const { redis, keys, fleet, owns } = this.#deps;
    for (const id of this.#cursors.keys()) if (fleet.entry(id) === undefined || !owns(id)) this.#cursors.delete(id);
    const unknown: AgentId[] = [];
    for (const { id } of fleet.entries()) if (!this.#cursors.has(id) && owns(id)) unknown.push(id);
    if (unknown.length === 0) return;
    // Most fleets have none: then this is all.
    if ((await redis.exists(...unknown.map(keys.agentHeartbeats))) === 0) return;
    const found = await Promise.all(unknown.map((id) => redis.exists(keys.agentHeartbeats(id))));
    for (const [index, id] of unknown.entries()) if (found[index] === 1) this.#cursors.set(id, STREAM_START);
  }

  async #read(): Promise<void> {
    const all = [...this.#cursors];
    const first = this.#first % all.length;
    const streams = [...all.slice(first), ...all.slice(0, first)];
    const cursors = streams.map(([, cursor]) => cursor);
    const limits = [MOST_ENTRIES, HEARTBEAT_LIMIT_BYTES, ENOUGH_BYTES];
    const streamKeys = streams.map(([id]) => this.#deps.keys.agentHeartbeats(id));
    const [visited, ...replies] = (await this.#readStreams(streamKeys, [...limits, ...cursors])) as [number, ...StreamReply[]];
    this.#first = first + visited;
    await Promise.all(
      replies.map(async ([index, cursor, dropped, ...payloads]) => {
        const [id] = streams[index - 1] ?? [];
        if (id === undefined) return;
        if (dropped > 0) this.#drop(id, 'invalid', dropped);
        await Promise.all(payloads.map((payload) => this.#take(id, payload)));
        this.#cursors.set(id, cursor);
      }),
    );
  }

  async #take(id: AgentId, payload: string): Promise<void> {
    const body = parseHeartbeat(payload);
    if (body?.agent_id !== id) return this.#drop(id, 'invalid', 1);
    const ingested = await this.#deps.ingest(body);
    if (ingested !== 'ok' && ingested !== 'seen') this.#drop(id, ingested, 1);
  }

  #drop(id: AgentId, reason: DropReason, count: number): void {
    const { log, onDropped } = this.#deps;
    onDropped(reason, count);
    if (reason !== 'invalid' || this.#warned.has(id)) return;
    this.#warned.add(id);
    log.warn({ agent: id }, 'an agent wrote something to its own stream that is no heartbeat of it');
  }
}
