import { Agent as HttpAgent } from 'node:http';
import { backoffDelayMs, type Clock, type Random, type Timer, WATCH_SILENCE_MS, type WatchRecord } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { guardConnections } from '../reach/guard-connections.js';
import type { Reach } from '../reach/reach.js';
import { openAgentWatch } from './agent-watch.js';
import type { AgentRecord, FleetDiff, FleetSnapshot } from './fleet-snapshot.js';

export interface AgentWatchesDeps {
  readonly agentToken: (id: AgentId, incarnation: number) => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly onRecord: (id: AgentId, record: WatchRecord) => void;
  /** The watch broke or fell silent; called once until a record comes again. */
  readonly onLost: (id: AgentId, reason: string) => void;
  /** Judges each connection that is opened; by default none is refused. */
  readonly addresses?: Reach | undefined;
  /** How a watch is opened; by default over HTTP. */
  readonly open?: OpenWatch | undefined;
}

export type OpenWatch = typeof openAgentWatch;

interface Watched {
  readonly id: AgentId;
  readonly address: string;
  readonly incarnation: number;
  /** Last bytes, or the moment of connecting; monotonic. */
  heardMs: number;
  /** False until bytes come, and again once it broke. */
  talks: boolean;
  tries: number;
  close: (() => void) | undefined;
  retry: Timer | undefined;
}

/** The gaps grow with the time that it was away: whoever returns soon is watched again soon, and who cannot be reached costs little. */
const BACKOFF = { firstMs: 100, maxMs: 10_000, jitter: 0.5 };
const SWEEP_MS = 250;
/** A sweep this late means that this process was held up, not that the agents were silent. */
const HELD_UP_MS = 1000;

/** One watch per agent that is not offline and not waiting for approval. All silences are found by one timer. */
export class AgentWatches {
  readonly #deps: AgentWatchesDeps;
  readonly #watched = new Map<AgentId, Watched>();
  readonly #httpAgent: HttpAgent;
  #sweep: Timer | undefined;
  #sweptMs = 0;

  constructor(deps: AgentWatchesDeps) {
    this.#deps = deps;
    this.#httpAgent = guardConnections(new HttpAgent({ keepAlive: false }), deps.addresses);
  }

  start(): void {
    const { clock } = this.#deps;
    this.#sweptMs = clock.monotonic();
    this.#sweep = clock.setInterval(() => this.#findSilent(), SWEEP_MS);
  }

  stop(): void {
    this.#sweep?.cancel();
    for (const watched of this.#watched.values()) this.#drop(watched);
    this.#httpAgent.destroy();
  }

  /** Listener of the fleet's changes: opens, moves and closes watches. */
  follow(_snapshot: FleetSnapshot, { changed, removed }: FleetDiff): void {
    for (const agent of changed) this.#followAgent(agent);
    for (const id of removed) {
      const watched = this.#watched.get(id);
      if (watched !== undefined) this.#drop(watched);
    }
  }

  /** True where the agent spoke on its watch within the permitted silence. */
  talks(id: AgentId): boolean {
    const watched = this.#watched.get(id);
    return watched?.talks === true && this.#deps.clock.monotonic() - watched.heardMs < WATCH_SILENCE_MS;
  }

  #followAgent(agent: AgentRecord): void {
    const known = this.#watched.get(agent.id);
    const isGone = agent.status === 'offline' || agent.admission === 'waiting';
    if (known !== undefined && !isGone && known.address === agent.address && known.incarnation === agent.incarnation) return;
    if (known !== undefined) this.#drop(known);
    if (isGone || !URL.canParse(agent.address)) return;
    const { id, address, incarnation } = agent;
    const watched: Watched = { id, address, incarnation, heardMs: 0, talks: false, tries: 0, close: undefined, retry: undefined };
    this.#watched.set(id, watched);
    this.#open(watched);
  }

  #open(watched: Watched): void {
    const { clock, agentToken, onRecord, open = openAgentWatch } = this.#deps;
    watched.retry = undefined;
    watched.heardMs = clock.monotonic();
    watched.close = open({
      address: watched.address,
      token: agentToken(watched.id, watched.incarnation),
      httpAgent: this.#httpAgent,
      onRecord: (record) => onRecord(watched.id, record),
      onSign: () => {
        watched.heardMs = clock.monotonic();
        watched.talks = true;
        watched.tries = 0;
      },
      onEnd: (reason) => this.#reopenLater(watched, reason),
    });
  }

  #reopenLater(watched: Watched, reason: string): void {
    const { clock, random, onLost } = this.#deps;
    watched.close = undefined;
    watched.talks = false;
    watched.tries += 1;
    watched.retry = clock.setTimeout(() => this.#open(watched), backoffDelayMs(watched.tries, BACKOFF, random));
    onLost(watched.id, reason);
  }

  #drop(watched: Watched): void {
    watched.close?.();
    watched.retry?.cancel();
    this.#watched.delete(watched.id);
  }

  #findSilent(): void {
    const nowMs = this.#deps.clock.monotonic();
    const wasHeldUp = nowMs - this.#sweptMs > SWEEP_MS + HELD_UP_MS;
    this.#sweptMs = nowMs;
    for (const watched of this.#watched.values()) {
      if (watched.close === undefined) continue;
      if (wasHeldUp) watched.heardMs = nowMs;
      else if (nowMs - watched.heardMs >= WATCH_SILENCE_MS) {
        watched.close();
        this.#reopenLater(watched, `silent for ${WATCH_SILENCE_MS} ms`);
      }
    }
  }
}
