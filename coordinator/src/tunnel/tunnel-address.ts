import type { AgentId } from '@ollama-coordinator/common/balancing';

/** No name of the internet ends so, and no host of a LAN should (RFC 6761 keeps `.invalid` for names that never resolve). */
const SUFFIX = '.tunnel.invalid';

/** The end of a tunnel: an agent, and the replica that holds its tunnel. */
export interface TunnelEnd {
  readonly agentId: AgentId;
  /** Address of the replica, as `http://10.0.0.5:8080`. Empty: none has it yet. */
  readonly replicaUrl: string;
}

/** What stands as the agent's address in the registry. Hex, since host names know no case. */
export function tunnelAddress({ agentId, replicaUrl }: TunnelEnd): string {
  return `http://${[agentId, replicaUrl].map((text) => `x${Buffer.from(text).toString('hex')}`).join('.')}${SUFFIX}:1`;
}

/** Undefined for a host that is no tunnel's. */
export function readTunnelHost(host: string): TunnelEnd | undefined {
  if (!host.endsWith(SUFFIX)) return undefined;
  const [agentId = '', replicaUrl = ''] = host
    .slice(0, -SUFFIX.length)
    .split('.')
    .map((part) => Buffer.from(part.slice(1), 'hex').toString());
  return { agentId, replicaUrl };
}
