/** What http-proxy reads of a target. A URL object would do, but each of its fields is computed anew at each reading. */
export interface AgentTarget {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
}

/** More addresses than a fleet has; agents that come and go on ever other ports must not fill the memory. */
const MOST_KEPT = 4096;

/** Takes agents' addresses apart, each once. */
export function createAgentTargets(): (address: string) => AgentTarget {
  const targets = new Map<string, AgentTarget>();
  return (address) => {
    const known = targets.get(address);
    if (known) return known;
    const { protocol, hostname, port, pathname } = new URL(address);
    // Node takes the brackets of an IPv6 address for a part of a name.
    const target = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, pathname };
    if (targets.size >= MOST_KEPT) targets.clear();
    targets.set(address, target);
    return target;
  };
}
