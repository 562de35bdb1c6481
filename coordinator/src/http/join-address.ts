import type { IncomingMessage } from 'node:http';
import type { CoordinatorConfig, JoinLink } from '@ollama-coordinator/common';
import type { CoordinatorTls } from '../reach/open-tls.js';
import { ownAddresses as readOwnAddresses } from '../reach/own-addresses.js';
import { isLoopback } from './loopback.js';
import type { Peer } from './peer.js';

export interface JoinAddressDeps {
  readonly config: Pick<CoordinatorConfig, 'host' | 'advertise'>;
  readonly tls: Pick<CoordinatorTls, 'current'> | undefined;
  readonly peer: Pick<Peer, 'isSecure'>;
  /** Addresses of this machine beyond loopback, the most likely one first. Default: those that it has. */
  readonly ownAddresses?: () => readonly string[];
}

/** Where machines that join find this coordinator, as whoever asked for a link found it; `wanted` goes before. */
export type JoinAddress = (req: IncomingMessage, wanted?: string) => Omit<JoinLink, 'token'>;

export function createJoinAddress({ config, tls, peer, ownAddresses = readOwnAddresses }: JoinAddressDeps): JoinAddress {
  const { host: listensOn, advertise } = config;
  const isOnEveryAddress = listensOn === '0.0.0.0' || listensOn === '::';

  return (req, wanted) => {
    const asked = `${peer.isSecure(req) ? 'https' : 'http'}://${req.headers.host ?? `${listensOn}:${req.socket.localPort}`}`;
    const coordinatorUrl = wanted ?? (isLocal(asked) ? (advertise ?? atOwnAddress(req) ?? asked) : asked);
    return { coordinatorUrl, ...(tls && coordinatorUrl.startsWith('https:') ? { certificate: tls.current().fingerprint } : {}) };
  };

  /** For whoever asked by way of loopback: other machines come in at this machine's address in the network. */
  function atOwnAddress({ socket }: IncomingMessage): string | undefined {
    const address = isOnEveryAddress ? ownAddresses()[0] : undefined;
    return address === undefined ? undefined : `${tls === undefined ? 'http' : 'https'}://${address}:${socket.localPort}`;
  }
}

function isLocal(url: string): boolean {
  return !URL.canParse(url) || isLoopback(new URL(url).hostname);
}
