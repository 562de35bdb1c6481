import type { Duplex } from 'node:stream';
import type { AddressPolicy } from './address-policy.js';

/** How agents are connected to. */
export interface Reach extends AddressPolicy {
  /** SHA-256 of the certificate of the agent that listens there; undefined: it speaks plain HTTP. */
  certificateOf(host: string, port: number): string | undefined;
  /** What this coordinator shows where an agent asks for a certificate. */
  own(): { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** A connection to an agent behind a tunnel; undefined: the host is an ordinary one. */
  dial(host: string): Duplex | undefined;
  /** Told once how tunnels are dialled: before the first connection. */
  dialBy(dial: Reach['dial']): void;
  /** Told once where the certificates of agents are found: before the first connection. */
  findCertificatesBy(find: (host: string, port: number) => string | undefined): void;
}

export function createReach(policy: AddressPolicy, own: Reach['own']): Reach {
  let find: (host: string, port: number) => string | undefined = () => undefined;
  let dial: Reach['dial'] = () => undefined;
  return {
    ...policy,
    own,
    dial: (host) => dial(host),
    dialBy(dialled) {
      dial = dialled;
    },
    certificateOf: (host, port) => find(host, port),
    findCertificatesBy(found) {
      find = found;
    },
  };
}
