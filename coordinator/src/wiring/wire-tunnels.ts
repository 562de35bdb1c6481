import type { Credentials } from '../credentials/open-credentials.js';
import type { AgentTunnels } from '../tunnel/agent-tunnels.js';
import { createTunnelSockets, type TunnelSockets } from '../tunnel/tunnel-sockets.js';
import type { PartContext } from './part-context.js';
import type { FleetParts } from './start-fleet-parts.js';

/** The WebSockets of tunnels: a tunnel stays as long as that start of the agent is registered and not revoked. */
export function wireTunnels(
  context: PartContext,
  { tokens }: Pick<Credentials, 'tokens'>,
  { registry, tunnels }: Pick<FleetParts, 'registry'> & { readonly tunnels: AgentTunnels },
): TunnelSockets {
  return createTunnelSockets({
    tunnels,
    tokens,
    ownUrl: () => context.ownUrl,
    reachAt: registry.reachAt,
    mayStay: (id, incarnation) => {
      const agent = registry.snapshot().agents.get(id);
      return agent !== undefined && agent.incarnation <= incarnation && agent.admission !== 'revoked';
    },
    clock: context.clock,
    log: context.log.child({ part: 'tunnel' }),
  });
}
