import { Agent, type ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../time/clock.js';

/** Less than the other side keeps an idle connection, so that a request seldom meets one that closes. */
const IDLE_MS = 60_000;
const SWEEP_MS = 15_000;
const TCP_KEEP_ALIVE_MS = 15_000;

export interface KeepAlivePoolOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'setInterval'>;
  /** How many connections to one address may idle. */
  readonly maxFreeSockets: number;
}

/** As Node's `http` hands it to an agent; it has more in it. */
interface Destination {
  readonly host?: string | null;
  readonly port?: number | string | null;
}

/** A connection with what Node's `http` keeps on it: the request that it serves. */
type PooledSocket = Socket & { _httpMessage?: unknown };

interface Idle {
  readonly socket: PooledSocket;
  readonly sinceMs: number;
}

type AddRequest = (request: ClientRequest, destination: Destination) => void;

/**
 * Connections that are used again, without a limit per address. What makes and destroys them is Node's `http.Agent`; only the
 * way of an idle connection to its next request is shorter here. Node's own copies and completes the options of each request,
 * files the connection by a name made of all of them, resets its async id, and refs and unrefs it: a fifth of what proxying a
 * short answer costs. Here a request differs from another in host and port alone.
 */
export class KeepAlivePool extends Agent {
  readonly #clock: KeepAlivePoolOptions['clock'];
  /** By address, the latest used last. */
  readonly #idle = new Map<string, Idle[]>();
  readonly #known = new WeakSet<Socket>();
  readonly #sweeper: Timer;

  constructor({ clock, maxFreeSockets }: KeepAlivePoolOptions) {
    super({ keepAlive: true, keepAliveMsecs: TCP_KEEP_ALIVE_MS, maxFreeSockets });
    this.#clock = clock;
    this.removeAllListeners('free');
    this.on('free', (socket: PooledSocket, destination: Destination) => this.#keep(socket, addressOf(destination)));
    this.#sweeper = clock.setInterval(() => this.#sweep(), SWEEP_MS);
  }

  /** Called by Node's `http` for each request. */
  addRequest(request: ClientRequest, destination: Destination): void {
    const socket = this.#take(addressOf(destination));
    if (socket === undefined) {
      addRequest.call(this, request, destination);
    } else {
      request.reusedSocket = true;
      request.onSocket(socket);
    }
  }

  override destroy(): void {
    this.#sweeper.cancel();
    this.#idle.clear();
    super.destroy();
  }

  #take(address: string): PooledSocket | undefined {
    const idle = this.#idle.get(address);
    for (let last = idle?.pop(); last; last = idle?.pop()) if (isUsable(last.socket)) return last.socket;
    return undefined;
  }

  #keep(socket: PooledSocket, address: string): void {
    const idle = this.#idle.get(address) ?? [];
    if (!isUsable(socket) || idle.length >= this.maxFreeSockets) {
      socket.destroy();
      return;
    }
    // What was served last would stay in memory with the connection.
    socket._httpMessage = null;
    if (!this.#known.has(socket)) this.#learn(socket, address);
    idle.push({ socket, sinceMs: this.#clock.monotonic() });
    this.#idle.set(address, idle);
  }

  /** An idle connection has nobody else who hears that it broke. */
  #learn(socket: PooledSocket, address: string): void {
    this.#known.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#drop(socket, address));
  }

  #drop(socket: PooledSocket, address: string): void {
    const idle = this.#idle.get(address);
    const index = idle?.findIndex((entry) => entry.socket === socket) ?? -1;
    if (!idle) return;
    if (index >= 0) idle.splice(index, 1);
    if (idle.length === 0) this.#idle.delete(address);
  }

  #sweep(): void {
    const oldestMs = this.#clock.monotonic() - IDLE_MS;
    for (const idle of this.#idle.values()) for (const { socket, sinceMs } of [...idle]) if (sinceMs <= oldestMs) socket.destroy();
  }
}

/** Not in the types of Node, but what `http` calls, and what every package with an agent of its own overrides. */
const { addRequest } = Agent.prototype as unknown as { readonly addRequest: AddRequest };

function addressOf({ host, port }: Destination): string {
  return `${host}:${port}`;
}

function isUsable(socket: Socket): boolean {
  return !socket.destroyed && socket.writable;
}
