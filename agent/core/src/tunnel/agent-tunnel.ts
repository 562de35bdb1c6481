import type { Agent, Server } from 'node:http';
import http2, { type ServerHttp2Stream } from 'node:http2';
import {
  backoffDelayMs,
  type Clock,
  describeCause,
  type Logger,
  type Random,
  type Timer,
  TUNNEL_MAX_MESSAGE_BYTES,
  TUNNEL_PATH,
  TUNNEL_SILENCE_MS,
  TUNNEL_WINDOW_BYTES,
  TunnelSocket,
} from '@ollama-coordinator/common';
import { createWebSocketStream, WebSocket } from 'ws';

export interface AgentTunnelDeps {
  readonly coordinatorUrl: string;
  /** Connections to the coordinator. */
  readonly pool: Agent;
  /** The agent's own server: a connection that comes through the tunnel is one of its connections. */
  readonly server: Pick<Server, 'emit'>;
  /** Bearer of the last registration. */
  readonly readToken: () => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The coordinator does not know this agent any more, or not with this token. */
  readonly onUnknown: () => void;
}

const BACKOFF = { firstMs: 250, maxMs: 2000, jitter: 0.3 } as const;
const HANDSHAKE_MS = 3000;
/** How the coordinator ends a tunnel that must not be opened again as it is. */
const POLICY_VIOLATION = 1008;

/**
 * Keeps one WebSocket open towards the coordinator. HTTP/2 on it carries connections the other way: the coordinator opens streams,
 * each a connection to the agent's server.
 */
export class AgentTunnel {
  readonly #deps: AgentTunnelDeps;
  #webSocket: WebSocket | undefined;
  #retry: Timer | undefined;
  #failures = 0;
  #lastFailure = '';
  #started = false;
  #stopped = false;

  constructor(deps: AgentTunnelDeps) {
    this.#deps = deps;
  }

  get isOpen(): boolean {
    return this.#webSocket?.readyState === WebSocket.OPEN;
  }

  /** Opens it, and opens it again whenever it breaks. Once is enough. */
  start(): void {
    if (this.#started || this.#stopped) return;
    this.#started = true;
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
    this.#webSocket?.terminate();
  }

  #open(): void {
    const { coordinatorUrl, pool, readToken, clock, log, onUnknown } = this.#deps;
    const webSocket = new WebSocket(`${coordinatorUrl.replace(/^http/, 'ws')}${TUNNEL_PATH}`, {
      agent: pool,
      headers: { authorization: `Bearer ${readToken()}` },
      perMessageDeflate: false,
      maxPayload: TUNNEL_MAX_MESSAGE_BYTES,
      handshakeTimeout: HANDSHAKE_MS,
    });
    this.#webSocket = webSocket;
    this.#serve(webSocket);
    let heardMs = clock.monotonic();
    const watch = clock.setInterval(() => {
      if (clock.monotonic() - heardMs > TUNNEL_SILENCE_MS) webSocket.terminate();
    }, TUNNEL_SILENCE_MS / 4);
    let failure = 'it was closed';
    webSocket.on('ping', () => {
      heardMs = clock.monotonic();
    });
    webSocket.on('open', () => {
      heardMs = clock.monotonic();
      this.#failures = 0;
      this.#lastFailure = '';
      log.info({ coordinator: coordinatorUrl }, 'the tunnel is open: the coordinator reaches this agent through it');
    });
    webSocket.on('unexpected-response', (request, response) => {
      failure = `the coordinator answered ${response.statusCode}`;
      if (response.statusCode === 401) onUnknown();
      request.destroy();
    });
    webSocket.on('error', (error) => {
      failure = describeCause(error);
    });
    webSocket.on('close', (code, reason) => {
      watch.cancel();
      if (code === POLICY_VIOLATION) failure = `the coordinator refused it: ${reason}`;
      if (code === POLICY_VIOLATION) onUnknown();
      this.#again(failure);
    });
  }

  /** Before the socket opens, so that nothing that comes first is lost. */
  #serve(webSocket: WebSocket): void {
    const connection = createWebSocketStream(webSocket);
    connection.on('error', () => webSocket.terminate());
    const session = http2.performServerHandshake(connection, {
      settings: { enableConnectProtocol: false, initialWindowSize: TUNNEL_WINDOW_BYTES.stream, maxConcurrentStreams: 4096 },
    });
    session.setLocalWindowSize(TUNNEL_WINDOW_BYTES.connection);
    session.on('error', () => webSocket.terminate());
    session.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => undefined);
      // Given up by the other end while something was being written to it, a stream would wait for that write to end, which it never does.
      stream.once('aborted', () => stream.destroy());
      // Opened and given up in one breath: it is told of all the same, and an answer to it throws.
      if (stream.destroyed || stream.closed) {
        stream.destroy();
        return;
      }
      stream.respond({ ':status': 200 });
      this.#deps.server.emit('connection', new TunnelSocket(stream));
    });
    webSocket.once('close', () => session.destroy());
  }

  #again(failure: string): void {
    const { clock, random, log, coordinatorUrl } = this.#deps;
    if (this.#stopped) return;
    if (failure !== this.#lastFailure)
      log.warn({ coordinator: coordinatorUrl, cause: failure }, 'the tunnel is not open; it is opened again');
    this.#lastFailure = failure;
    this.#failures += 1;
    this.#retry = clock.setTimeout(() => this.#open(), backoffDelayMs(this.#failures, BACKOFF, random));
  }
}
