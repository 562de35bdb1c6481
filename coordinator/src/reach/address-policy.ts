import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { AppError, type Clock, type Logger } from '@ollama-coordinator/common';
import { isLoopback } from '../http/loopback.js';
import { addSubnet } from '../http/peer.js';
import { plainAddress } from './plain-address.js';

/** Nothing that serves models lives there: this network, link-local and its metadata services, multicast, reserved. */
const NEVER = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '100.100.100.200',
  '168.63.129.16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  'fd00:ec2::254',
];
const LOOK_UP_WITHIN_MS = 2000;

/** To which addresses the coordinator connects because an agent says that it listens there. */
export interface AddressPolicy {
  /**
   * Throws BAD_REQUEST where an agent must not listen at that URL. `isLocal`: whoever says so is on this machine. A name that cannot be
   * looked up passes; it is judged when it is connected to.
   */
  demand(url: string, isLocal: boolean): Promise<void>;
  /** Whether a connection may be opened to that IP address, which an agent gave as such, or as a name. */
  mayConnect(address: string, given: 'address' | 'name'): boolean;
}

export interface AddressPolicyOptions {
  /** Where this coordinator listens. On loopback it is for this machine, and so are its agents. */
  readonly host: string;
  /** Subnets in which agents may listen; none: anywhere but in NEVER. */
  readonly networks: readonly string[];
  readonly clock: Pick<Clock, 'setTimeout'>;
  readonly log: Logger;
}

/** Throws BAD_CONFIG where a network is none. */
export function createAddressPolicy({ host, networks, clock, log }: AddressPolicyOptions): AddressPolicy {
  const [never, allowed] = [new BlockList(), new BlockList()];
  for (const subnet of NEVER) addSubnet(never, subnet, 'NEVER');
  for (const subnet of networks) addSubnet(allowed, subnet, 'COORDINATOR_AGENT_NETWORKS');
  const isHere = isLoopback(host);
  const isIn = (list: BlockList, address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  const isAllowed = (address: string, loopback: boolean) => {
    const plain = plainAddress(address);
    if (isIP(plain) === 0 || isIn(never, plain)) return false;
    return isLoopback(plain) ? loopback : networks.length === 0 || isIn(allowed, plain);
  };

  return {
    async demand(url, isLocal) {
      const name = new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
      const addresses = isIP(name) === 0 ? await lookUp(name) : [name];
      const refused = addresses.find((address) => !isAllowed(address, isHere || isLocal));
      if (refused === undefined) return;
      log.warn({ url, address: refused }, 'an agent was refused for its address');
      const reason = `ip_address: ${refused} is no address at which an agent of this coordinator may listen; COORDINATOR_AGENT_NETWORKS says which are`;
      throw new AppError('BAD_REQUEST', { details: { reason } });
    },
    // An address on loopback passed when its agent registered. A name may be another one by now.
    mayConnect: (address, given) => isAllowed(address, isHere || given === 'address'),
  };

  function lookUp(name: string): Promise<readonly string[]> {
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => resolve([]), LOOK_UP_WITHIN_MS);
      lookup(name, { all: true })
        .then(
          (found) => resolve(found.map(({ address }) => address)),
          () => resolve([]),
        )
        .finally(() => timer.cancel());
    });
  }
}
