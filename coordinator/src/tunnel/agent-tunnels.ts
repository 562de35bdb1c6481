import http2, { type ClientHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';
import { type Logger, TUNNEL_WINDOW_BYTES, TunnelSocket } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';

/** The tunnels that end at this replica: one per agent, the latest. */
export interface AgentTunnels {
  /** Takes a connection that the agent opened, and speaks HTTP/2 on it; the agent answers. Resolves when it is gone. */
  attach(agentId: AgentId, connection: Duplex): Promise<void>;
  /** A connection to the agent, at once; undefined where no tunnel of it ends here. */
  open(agentId: AgentId): Duplex | undefined;
  close(): void;
}

export function createAgentTunnels(log: Logger): AgentTunnels {
  const sessions = new Map<AgentId, ClientHttp2Session>();
  return {
    attach(agentId, connection) {
      const session = http2.connect('http://agent', {
        createConnection: () => connection,
        settings: { enablePush: false, initialWindowSize: TUNNEL_WINDOW_BYTES.stream },
      });
      session.once('connect', () => session.setLocalWindowSize(TUNNEL_WINDOW_BYTES.connection));
      session.on('error', (error) => log.info({ agent: agentId, err: error }, 'a tunnel broke'));
      connection.once('close', () => session.destroy());
      sessions.get(agentId)?.destroy();
      sessions.set(agentId, session);
      return new Promise((resolve) =>
        session.once('close', () => {
          if (sessions.get(agentId) === session) sessions.delete(agentId);
          resolve();
        }),
      );
    },
    open(agentId) {
      const session = sessions.get(agentId);
      if (!isOpen(session)) return undefined;
      // The bytes of a request follow at once: an agent accepts every stream.
      const stream = session.request({ ':method': 'CONNECT', ':authority': 'agent' });
      return new TunnelSocket(stream);
    },
    close() {
      for (const session of sessions.values()) session.destroy();
    },
  };
}

function isOpen(session: ClientHttp2Session | undefined): session is ClientHttp2Session {
  return session !== undefined && !session.closed && !session.destroyed;
}
