import { Duplex } from 'node:stream';
import { TUNNEL_MAX_MESSAGE_BYTES, TUNNEL_RELAY_PATH, TunnelSocket } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { createWebSocketStream, WebSocket } from 'ws';
import type { Reach } from '../reach/reach.js';
import type { AgentTunnels } from './agent-tunnels.js';
import { readTunnelHost } from './tunnel-address.js';

export interface DialTunnelDeps {
  readonly tunnels: Pick<AgentTunnels, 'open'>;
  /** Bearer for calls to that agent, which every replica of the fleet can check. */
  readonly tokenOf: (id: AgentId) => string;
  /** Where this replica is reached; undefined before it listens. */
  readonly ownUrl: () => string | undefined;
}

const HANDSHAKE_MS = 3000;

/** Connects to agents behind tunnels: by the one that ends here, else through the replica where it ends. */
export function createDialTunnel({ tunnels, tokenOf, ownUrl }: DialTunnelDeps): Reach['dial'] {
  return (host) => {
    const end = readTunnelHost(host);
    if (end === undefined) return undefined;
    const here = tunnels.open(end.agentId);
    if (here !== undefined) return here;
    if (end.replicaUrl === '' || end.replicaUrl === ownUrl()) return refused('no tunnel of this agent is open');
    const url = `${end.replicaUrl.replace(/^http/, 'ws')}${TUNNEL_RELAY_PATH}?agent=${encodeURIComponent(end.agentId)}`;
    const webSocket = new WebSocket(url, {
      headers: { authorization: `Bearer ${tokenOf(end.agentId)}` },
      perMessageDeflate: false,
      maxPayload: TUNNEL_MAX_MESSAGE_BYTES,
      handshakeTimeout: HANDSHAKE_MS,
    });
    return new TunnelSocket(createWebSocketStream(webSocket));
  };
}

/** A connection that fails as one to a closed port does: nobody saw the request. */
function refused(message: string): Duplex {
  const connection = new Duplex({ read() {}, write() {} });
  process.nextTick(() => connection.destroy(Object.assign(new Error(message), { code: 'ECONNREFUSED' })));
  return new TunnelSocket(connection);
}
