import { COORDINATOR_SERVICE, type MdnsRecord } from '@ollama-coordinator/common';

/** The list of all services of a network, by which tools that show them find ours. */
export const ALL_SERVICES = '_services._dns-sd._udp.local';

export interface ServiceFacts {
  readonly machineName: string;
  readonly port: number;
  /** Where agents are to call. */
  readonly url: string;
  /** This machine's address in the network that is told. */
  readonly ownAddress: string;
  /** Seconds that others may keep it; 0: it is over. */
  readonly ttlS: number;
}

/** A part of a DNS name is no longer, and a dot ends it. */
const LONGEST_LABEL_BYTES = 63;

/** What a coordinator says of itself by DNS-SD: that it is there, on which machine and port, and its address as `url=…`. Pure. */
export function serviceRecords({ machineName, port, url, ownAddress, ttlS: ttl }: ServiceFacts): MdnsRecord[] {
  const host = `${label(machineName.split('.')[0] ?? '', '')}.local`;
  const instance = `${label(machineName.split('.')[0] ?? '', ` (port ${port})`)}.${COORDINATOR_SERVICE}`;
  return [
    { name: COORDINATOR_SERVICE, type: 'PTR', ttl, data: instance },
    { name: ALL_SERVICES, type: 'PTR', ttl, data: COORDINATOR_SERVICE },
    { name: instance, type: 'SRV', ttl, data: { port, target: host } },
    { name: instance, type: 'TXT', ttl, data: [`url=${url}`] },
    { name: host, type: 'A', ttl, data: ownAddress },
  ];
}

function label(text: string, end: string): string {
  const start = Buffer.from(text || 'coordinator').subarray(0, LONGEST_LABEL_BYTES - end.length);
  return `${start.toString().replaceAll('\uFFFD', '')}${end}`;
}
