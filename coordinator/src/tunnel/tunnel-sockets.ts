import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError, type Clock, type Logger, TUNNEL_MAX_MESSAGE_BYTES, TUNNEL_PING_MS, TUNNEL_SILENCE_MS } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import type { Tokens } from '../credentials/tokens.js';
import { bearerOf } from '../http/authenticate.js';
import type { AgentTunnels } from './agent-tunnels.js';
import { tunnelAddress } from './tunnel-address.js';

export interface TunnelSocketsDeps {
  readonly tunnels: AgentTunnels;
  readonly tokens: Pick<Tokens, 'read' | 'readTowards'>;
  /** Where other replicas reach this one. */
  readonly ownUrl: () => string | undefined;
  /** The agent is reached at that address from now on. Throws AGENT_NOT_REGISTERED, OLD_INCARNATION, BAD_AGENT_TOKEN. */
  readonly reachAt: (id: AgentId, start: { incarnation: number; generation: number }, address: string) => Promise<void>;
  /** Whether that start of the agent may still have a tunnel. */
  readonly mayStay: (id: AgentId, incarnation: number) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How a WebSocket ends that its opener must not open again as it is (RFC 6455 §7.4.1). */
const POLICY_VIOLATION = 1008;

export interface TunnelSockets {
  /** An agent opens its tunnel. Throws BAD_AGENT_TOKEN. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Another replica wants one connection to an agent whose tunnel ends here. Throws BAD_AGENT_TOKEN, AGENT_UNREACHABLE. */
  relay(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The WebSocket ends of tunnels. */
export function createTunnelSockets(deps: TunnelSocketsDeps): TunnelSockets {
  const { tunnels, tokens, log } = deps;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: TUNNEL_MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  return {
    accept(request, socket, head) {
      const credential = tokens.read(bearerOf(request));
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const { agentId, ...start } = credential;
        // Before anything else: what the agent sends meanwhile must not be lost.
        const gone = tunnels.attach(agentId, streamOf(webSocket));
        const stopWatching = watch(webSocket, () => deps.mayStay(agentId, start.incarnation), deps.clock);
        log.info({ agent: agentId }, 'an agent opened its tunnel');
        void gone.then(() => {
          stopWatching();
          webSocket.terminate();
          log.info({ agent: agentId }, 'the tunnel of an agent is closed');
        });
        deps.reachAt(agentId, start, tunnelAddress({ agentId, replicaUrl: deps.ownUrl() ?? '' })).catch((error: unknown) => {
          const reason = error instanceof AppError ? error.code : 'INTERNAL';
          log.info({ agent: agentId, reason }, 'a tunnel was refused');
          webSocket.close(POLICY_VIOLATION, reason);
        });
      });
    },
    relay(request, socket, head) {
      const agentId = new URL(request.url ?? '', 'http://replica').searchParams.get('agent') ?? '';
      if (tokens.readTowards(bearerOf(request)) !== agentId) throw new AppError('BAD_AGENT_TOKEN');
      const connection = tunnels.open(agentId);
      if (connection === undefined)
        throw new AppError('AGENT_UNREACHABLE', { details: { agent: agentId, cause: 'its tunnel does not end here' } });
      server.handleUpgrade(request, socket, head, (webSocket) => join(streamOf(webSocket), connection));
    },
  };
}

/** Left to itself, the stream of a WebSocket that was cut off stays half open for ever, and what is written on it reaches nobody. */
function streamOf(webSocket: WebSocket): Duplex {
  const stream = createWebSocketStream(webSocket);
  webSocket.once('close', () => stream.destroy());
  return stream;
}

/** Both ways, until either side is gone. */
function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}

/** Ends a tunnel that is silent, or whose agent may not have it any more. */
function watch(webSocket: WebSocket, mayStay: () => boolean, clock: Clock): () => void {
  let heardMs = clock.monotonic();
  webSocket.on('pong', () => {
    heardMs = clock.monotonic();
  });
  const timer = clock.setInterval(() => {
    if (clock.monotonic() - heardMs > TUNNEL_SILENCE_MS || !mayStay()) webSocket.terminate();
    else webSocket.ping();
  }, TUNNEL_PING_MS);
  return () => timer.cancel();
}
