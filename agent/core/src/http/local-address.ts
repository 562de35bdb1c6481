import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** The host of an address without the brackets of IPv6. */
export function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '0:0:0:0:0:0:0:1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Whether the host is this machine: loopback, or an address of one of its interfaces. */
export function isThisMachine(host: string): boolean {
  if (isLoopbackHost(host) || host === '0.0.0.0' || host === '::') return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
}

/**
 * This machine's own address on the way to `url`: with several network interfaces, the one that the peer can answer to.
 * Connecting a datagram socket sends nothing; it only asks the routing table.
 */
export function addressTowards(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(hostOf(url).includes(':') ? 'udp6' : 'udp4');
    const finish = (settle: () => void) => socket.close(settle);
    socket.once('error', (error) => finish(() => reject(error)));
    socket.connect(portOf(url), hostOf(url), () => {
      const { address } = socket.address();
      finish(() => resolve(address));
    });
  });
}
