import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { type Clock, COORDINATOR_SERVICE, type CoordinatorConfig, type Logger, type MdnsLink, openMdns } from '@ollama-coordinator/common';
import { isLoopback } from '../http/loopback.js';
import { ownAddresses } from '../reach/own-addresses.js';
import { ALL_SERVICES, serviceRecords } from './service-records.js';

export interface TellNetworkDeps {
  readonly config: Pick<CoordinatorConfig, 'discovery' | 'host'>;
  /** Where it listens, as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** This machine's addresses, one per network. Default: those of its interfaces. */
  readonly addresses?: readonly string[];
}

/** Others ask again after so long. */
const TTL_S = 120;
/** Whoever floods the network with questions has it told once a second (RFC 6762, 6.). */
const TELL_EVERY_MS = 1000;

/**
 * Tells the machines of the same network, where they ask, that a coordinator is here (mDNS, DNS-SD). What they do with it is theirs: an
 * address is no secret, and no right to join. Never throws: a coordinator serves whether or not it is found. Resolves with how to stop.
 */
export async function tellNetwork(deps: TellNetworkDeps): Promise<() => Promise<void>> {
  const { config, clock, log } = deps;
  if (config.discovery === 'off') return async () => undefined;
  const addresses = deps.addresses ?? tellableAddresses(config.host);
  if (addresses.length === 0) {
    log.warn('COORDINATOR_DISCOVERY is on, and this coordinator listens where no other machine can come in; set COORDINATOR_HOST=0.0.0.0');
    return async () => undefined;
  }
  const toldMs = new Map<MdnsLink, number>();
  const records = (link: MdnsLink, ttlS: number) => serviceRecords({ ...factsOf(deps, link), ttlS });
  const mdns = await openMdns({
    addresses,
    onQuestion: (names, link) => {
      const nowMs = clock.monotonic();
      const isAsked = names.includes(COORDINATOR_SERVICE) || names.includes(ALL_SERVICES);
      if (!isAsked || nowMs - (toldMs.get(link) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return;
      toldMs.set(link, nowMs);
      void link.tell(records(link, TTL_S));
    },
  });
  for (const { message } of mdns.problems) log.warn({ cause: message }, 'machines of a network cannot find this coordinator there');
  const told = mdns.links.map(({ ownAddress }) => ownAddress);
  if (told.length > 0) log.info({ addresses: told }, 'machines of the same network find this coordinator by asking for it');
  return async () => {
    await Promise.all(mdns.links.map((link) => link.tell(records(link, 0))));
    await mdns.close();
  };
}

function factsOf({ config, url }: TellNetworkDeps, { ownAddress }: MdnsLink) {
  const { protocol, port } = new URL(url);
  const ownPort = Number(port || (protocol === 'https:' ? 443 : 80));
  const told = config.discovery === 'on' ? `${protocol}//${ownAddress}:${ownPort}` : config.discovery;
  return { machineName: hostname(), port: ownPort, url: told, ownAddress };
}

/** Those at which it listens, and others can come in. */
function tellableAddresses(host: string): readonly string[] {
  if (isLoopback(host)) return [];
  const isEverywhere = host === '0.0.0.0' || host === '::' || isIP(host) === 0;
  return ownAddresses().filter((address) => isEverywhere || address === host);
}
