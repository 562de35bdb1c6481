import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { AppError } from '@ollama-coordinator/common';

/** Who stands at the other end of a request, proxies that are trusted looked through. */
export interface Peer {
  /** IP address, for the audit and the log. */
  address(req: IncomingMessage): string;
  /** Whether the client's own connection is encrypted. */
  isSecure(req: IncomingMessage): boolean;
}

/** `trusted`: addresses and subnets of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Throws BAD_CONFIG. */
export function createPeer(trusted: readonly string[]): Peer {
  const proxies = new BlockList();
  for (const entry of trusted) addSubnet(proxies, entry, 'COORDINATOR_TRUSTED_PROXIES');
  const isTrusted = (address: string) => trusted.length > 0 && proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  const remote = ({ socket }: IncomingMessage) => withoutMapping(socket.remoteAddress ?? 'unknown');
  return {
    address(req) {
      const direct = remote(req);
      const forwarded = req.headers['x-forwarded-for'];
      if (forwarded === undefined || !isTrusted(direct)) return direct;
      // From the right: each proxy appends whom it saw, and only the trusted ones' word counts.
      const hops = String(forwarded)
        .split(',')
        .map((hop) => withoutMapping(hop.trim()));
      return hops.findLast((hop) => isIP(hop) === 0 || !isTrusted(hop)) ?? direct;
    },
    isSecure(req) {
      if ((req.socket as Partial<TLSSocket>).encrypted === true) return true;
      return isTrusted(remote(req)) && req.headers['x-forwarded-proto'] === 'https';
    },
  };
}

/** Adds an address, or a subnet as `10.0.0.0/8`. Throws BAD_CONFIG, naming the setting. */
export function addSubnet(list: BlockList, entry: string, setting: string): void {
  const [address = '', bits] = entry.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  try {
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  } catch (cause) {
    const problems = `  ${setting}: "${entry}" is neither an address nor a subnet like 10.0.0.0/8`;
    throw new AppError('BAD_CONFIG', { details: { problems }, cause });
  }
}

/** An IPv4 address that a socket shows as IPv6. */
function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
