import type { AgentConfig, Logger } from '@ollama-coordinator/common';
import { addressTowards, hostOf, isLoopbackHost, isThisMachine } from '../http/local-address.js';

/**
 * The address to listen on. Loopback, the default, is opened where the transport is `direct` and the coordinator is known by an address of
 * the network, since it could not come in otherwise; or, where that address is this machine's own, its other replicas could not.
 */
export function chooseListenHost({ host, transport, coordinatorUrl }: Pick<AgentConfig, 'host' | 'transport' | 'coordinatorUrl'>): string {
  return transport === 'direct' && isLoopbackHost(host) && !isOnlyHere(hostOf(coordinatorUrl)) ? '0.0.0.0' : host;
}

/**
 * Whether a coordinator that is known by an address of the network would be told one that only this machine knows. Where that address is this
 * machine's own, the replica here could come in, and its others elsewhere could not.
 */
export function isOutOfReach(advertisedHost: string, coordinatorUrl: string): boolean {
  return isLoopbackHost(advertisedHost) && !isOnlyHere(hostOf(coordinatorUrl));
}

export interface AdvertiseOptions {
  /** AGENT_ADVERTISE: host or host:port. */
  readonly advertise: string | undefined;
  readonly listenHost: string;
  readonly listenPort: number;
  readonly coordinatorUrl: string;
}

/** Where the coordinator is told to reach this agent. */
export async function chooseAdvertisedAddress(options: AdvertiseOptions): Promise<{ host: string; port: number }> {
  const { advertise, listenHost, listenPort, coordinatorUrl } = options;
  if (advertise !== undefined) return splitAddress(advertise, listenPort);
  if (!isAnyAddress(listenHost)) return { host: listenHost, port: listenPort };
  // Listening everywhere: of several interfaces, the one on the way to the coordinator.
  return { host: await addressTowards(coordinatorUrl), port: listenPort };
}

/** Whether nobody on another machine can mean this one by that host. */
function isOnlyHere(host: string): boolean {
  return isLoopbackHost(host) || isAnyAddress(host);
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function splitAddress(text: string, fallbackPort: number): { host: string; port: number } {
  const match = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(text);
  return match ? { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(match[2]) } : { host: text, port: fallbackPort };
}

/** Says once what goes over a network in clear. */
export function warnOfPlainHttp(
  { coordinatorUrl }: Pick<AgentConfig, 'coordinatorUrl'>,
  { host, isSecure }: { readonly host: string; readonly isSecure: boolean },
  log: Logger,
): void {
  if (coordinatorUrl.startsWith('http:') && !isThisMachine(hostOf(coordinatorUrl)))
    log.warn({ coordinator: coordinatorUrl }, 'plain HTTP to a coordinator on another machine: the credential can be overheard; use https');
  if (!isSecure && !isLoopbackHost(host))
    log.warn({ host }, 'plain HTTP beyond this machine: prompts can be overheard; set AGENT_TLS_CERT and AGENT_TLS_KEY');
}
