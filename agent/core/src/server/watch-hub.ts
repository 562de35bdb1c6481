import type { ServerResponse } from 'node:http';
import { type Clock, type Timer, WATCH_PING_MS, type WatchRecord } from '@ollama-coordinator/common';
import type { Lease } from '../gate/gate-state.js';

/** A watcher that reads so slowly that this much waits for it is dropped; it opens another watch when it can. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * Changes closer together than this are told as one: under load each request makes two, and each record costs every
 * replica a new snapshot. While they go on the gap doubles: nobody can act on counts that change with each of hundreds of
 * requests a second. A slot that someone waits for is granted at once all the same.
 */
const ANNOUNCE_GAP_MS = { least: 10, most: 40 };

type StateRecord = Extract<WatchRecord, { type: 'state' }>;

export interface WatchHubDeps {
  readonly clock: Clock;
  readonly readState: () => Omit<StateRecord, 'type' | 'sequence'>;
  readonly onOpened: (replica: string) => void;
  readonly onClosed: (replica: string) => void;
}

/** The open watches: one per replica, the latest. Each record is written out as text once for all of them. */
export class WatchHub {
  readonly #deps: WatchHubDeps;
  readonly #watchers = new Map<string, ServerResponse>();
  readonly #pinger: Timer;
  #sequence = 0;
  #announced: Timer | undefined;
  #announcedMs = Number.NEGATIVE_INFINITY;
  #gapMs = ANNOUNCE_GAP_MS.least;

  constructor(deps: WatchHubDeps) {
    this.#deps = deps;
    const ping = encode({ type: 'ping' });
    this.#pinger = deps.clock.setInterval(() => this.#sendAll(ping), WATCH_PING_MS);
  }

  get replicas(): readonly string[] {
    return [...this.#watchers.keys()];
  }

  open(replica: string, res: ServerResponse): void {
    this.#watchers.get(replica)?.destroy();
    res.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    this.#watchers.set(replica, res);
    res.once('close', () => {
      if (this.#watchers.get(replica) !== res) return;
      this.#watchers.delete(replica);
      this.#deps.onClosed(replica);
    });
    send(res, this.#encodeState());
    this.#deps.onOpened(replica);
  }

  /** Tells every watcher the state: in the next turn of the event loop, or when the gap since the last telling has passed. */
  announce(): void {
    if (this.#announced || this.#watchers.size === 0) return;
    const { clock } = this.#deps;
    const gapLeftMs = Math.max(0, this.#announcedMs + this.#gapMs - clock.monotonic());
    this.#announced = clock.setTimeout(() => {
      this.#announced = undefined;
      this.#announcedMs = clock.monotonic();
      this.#gapMs = gapLeftMs > 0 ? Math.min(2 * this.#gapMs, ANNOUNCE_GAP_MS.most) : ANNOUNCE_GAP_MS.least;
      this.#sendAll(this.#encodeState());
    }, gapLeftMs);
  }

  grant({ id, replica, signature, expiresMs }: Lease): void {
    const watcher = this.#watchers.get(replica);
    const leaseMs = expiresMs - this.#deps.clock.monotonic();
    if (watcher) send(watcher, encode({ type: 'grant', grant_id: id, signature, lease_ms: leaseMs }));
  }

  leaving(): void {
    this.#sendAll(encode({ type: 'leaving' }));
  }

  stop(): void {
    this.#pinger.cancel();
    this.#announced?.cancel();
    for (const watcher of this.#watchers.values()) watcher.end();
  }

  #encodeState(): string {
    this.#sequence += 1;
    return encode({ type: 'state', sequence: this.#sequence, ...this.#deps.readState() });
  }

  #sendAll(line: string): void {
    for (const watcher of this.#watchers.values()) send(watcher, line);
  }
}

function encode(record: WatchRecord): string {
  return `${JSON.stringify(record)}\n`;
}

function send(watcher: ServerResponse, line: string): void {
  if (watcher.writableLength > MAX_WAITING_BYTES) watcher.destroy();
  else if (!watcher.destroyed) watcher.write(line);
}
