import type { AddressPolicy } from './address-policy.js';

/** How agents are connected to. */
export interface Reach extends AddressPolicy {
  /** SHA-256 of the certificate of the agent that listens there; undefined: it speaks plain HTTP. */
  certificateOf(host: string, port: number): string | undefined;
  /** What this coordinator shows where an agent asks for a certificate. */
  own(): { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** Told once where the certificates of agents are found: before the first connection. */
  findCertificatesBy(find: (host: string, port: number) => string | undefined): void;
}

export function createReach(policy: AddressPolicy, own: Reach['own']): Reach {
  let find: (host: string, port: number) => string | undefined = () => undefined;
  return {
    ...policy,
    own,
    certificateOf: (host, port) => find(host, port),
    findCertificatesBy(found) {
      find = found;
    },
  };
}
