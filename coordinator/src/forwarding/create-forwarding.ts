import type { Agent } from 'node:http';
import { type Clock, KeepAlivePool } from '@ollama-coordinator/common';
import { guardConnections } from '../reach/guard-connections.js';
import type { Reach } from '../reach/reach.js';
import { createForward, type ForwardAttempt } from './forward-attempt.js';
import { createSendByProxy, type Send } from './send-by-proxy.js';
import { createSendDirectly } from './send-directly.js';

/** Connections to one agent that may idle. */
const MAX_IDLE_CONNECTIONS = 512;

export interface Forwarding {
  readonly forward: ForwardAttempt;
  /** Connections to agents, for whatever else they are asked. */
  readonly pool: Agent;
  close(): void;
}

/** Sends requests to agents through one keep-alive pool. */
export function createForwarding({ clock, addresses }: { readonly clock: Clock; readonly addresses?: Reach }): Forwarding {
  const pool = guardConnections(new KeepAlivePool({ clock, maxFreeSockets: MAX_IDLE_CONNECTIONS }), addresses);
  const byProxy = createSendByProxy(pool);
  const directly = createSendDirectly(pool);
  const send: Send = (outgoing, sink, target) => (outgoing.stream ? byProxy : directly)(outgoing, sink, target);
  return { forward: createForward({ clock, send }), pool, close: () => pool.destroy() };
}
