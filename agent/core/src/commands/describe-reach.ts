import type { AgentConfig } from '@ollama-coordinator/common';
import type { AgentReport } from '../agent-report.js';
import { isLoopbackHost } from '../http/local-address.js';

export interface ReachFacts extends Pick<AgentReport, 'reached' | 'waiting' | 'port'> {
  readonly config: Pick<AgentConfig, 'host' | 'transport' | 'coordinatorUrl'>;
  readonly platform: NodeJS.Platform;
}

const FIREWALLS: Partial<Readonly<Record<NodeJS.Platform, string>>> = {
  win32: 'Windows Security > Firewall > Allow an app through firewall, and tick this program for private networks',
  darwin: 'System Settings > Network > Firewall > Options, and allow incoming connections for this program',
  linux: 'for example "sudo ufw allow {port}/tcp", or "sudo firewall-cmd --add-port={port}/tcp --permanent && sudo firewall-cmd --reload"',
};

/** How the coordinator comes in, in sentences for a person; where a firewall is in the way, what would open it. Pure. */
export function describeReach({ reached, waiting, port, config, platform }: ReachFacts): readonly string[] {
  if (waiting) return ['an administrator has to approve this machine on the dashboard; it serves as soon as that is done'];
  if (reached === 'direct') return ['the coordinator reaches this machine directly'];
  const isOpen = !isLoopbackHost(config.host);
  const how = (FIREWALLS[platform] ?? 'allow it in its firewall').replaceAll('{port}', String(port));
  const opening = `To have the direct way, which is a little faster, let port ${port} of this machine in: ${how}; then join again`;
  if (reached === 'tunnel' && config.transport !== 'tunnel' && isOpen)
    return [
      `the coordinator cannot come in at port ${port} of this machine: a firewall here, or the network between, keeps it out`,
      `that is no harm: this machine holds a tunnel to the coordinator open instead. ${opening}`,
    ];
  if (reached === 'tunnel') return ['this machine holds a tunnel to the coordinator open; nothing has to be opened here'];
  return [
    `the coordinator took this machine in, but it comes in neither at port ${port} nor through a tunnel: something on the way to ${config.coordinatorUrl} does not pass WebSockets (a proxy, a virus scanner)`,
    opening,
  ];
}
