import { readFileSync } from 'node:fs';

/** Bytes that the kernel holds in the queues of TCP connections over loopback from or to one of these ports. */
export function kernelQueuesBytes(ports: ReadonlySet<number>): number {
  let bytes = 0;
  for (const line of readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1)) {
    const [, local = '', remote = '', , queues = ''] = line.trim().split(/\s+/);
    if (!ports.has(portOf(local)) && !ports.has(portOf(remote))) continue;
    const [sending = '0', receiving = '0'] = queues.split(':');
    bytes += Number.parseInt(sending, 16) + Number.parseInt(receiving, 16);
  }
  return bytes;
}

/** Addresses are written as `0100007F:1F90`. */
function portOf(address: string): number {
  return Number.parseInt(address.split(':')[1] ?? '0', 16);
}
