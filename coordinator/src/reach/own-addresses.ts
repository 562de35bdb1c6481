import { networkAddresses } from '@ollama-coordinator/common';

/** IPv4 addresses of this machine at which others can reach it, one per network. */
export function ownAddresses(): readonly string[] {
  return networkAddresses()
    .filter(({ internal }) => !internal)
    .map(({ address }) => address);
}
