import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:tls';
import {
  AppError,
  type Clock,
  type CoordinatorConfig,
  followTlsFiles,
  type Logger,
  readTlsFiles,
  type TlsMaterial,
} from '@ollama-coordinator/common';
import { isLoopback } from '../http/loopback.js';

/** The coordinator's certificate, as its files have it. */
export interface CoordinatorTls {
  current(): TlsMaterial;
  /** Whether callers must show a certificate too. */
  readonly asksForCertificates: boolean;
  /** Has the server use what the files come to hold. Returns how to stop. */
  follow(server: Server): () => void;
}

export interface OpenTlsOptions {
  readonly config: Pick<CoordinatorConfig, 'host' | 'tlsCert' | 'tlsKey' | 'tlsClientCa'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Undefined: plain HTTP, of which is warned beyond loopback. Throws BAD_CONFIG where the settings or files do not fit together. */
export function openTls({ config, clock, log }: OpenTlsOptions): CoordinatorTls | undefined {
  const { host, tlsCert: cert, tlsKey: key, tlsClientCa: clientCa } = config;
  if (cert === undefined && key === undefined && clientCa === undefined) {
    if (!isLoopback(host))
      log.warn(
        { host },
        'plain HTTP beyond this machine: keys and prompts can be overheard; set COORDINATOR_TLS_CERT and COORDINATOR_TLS_KEY',
      );
    return undefined;
  }
  if (cert === undefined || key === undefined)
    throw new AppError('BAD_CONFIG', { details: { problems: '  COORDINATOR_TLS_CERT and COORDINATOR_TLS_KEY: each needs the other' } });
  const files = { cert, key, clientCa };
  let material = readTlsFiles(files);
  return {
    current: () => material,
    asksForCertificates: clientCa !== undefined,
    follow: (server) =>
      followTlsFiles(files, { clock, log }, (changed) => {
        material = changed;
        (server as unknown as TlsServer).setSecureContext(changed);
      }),
  };
}
