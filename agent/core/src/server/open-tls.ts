import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server as TlsServer } from 'node:tls';
import { type AgentConfig, AppError, type Clock, followTlsFiles, type Logger, readTlsFiles } from '@ollama-coordinator/common';

/** The agent's certificate, as its files have it. */
export interface AgentTls {
  /** SHA-256, as `AB:CD:…`. */
  fingerprint(): string;
  createServer(settings: ServerOptions, onRequest: RequestListener): Server;
  /** Has the server use what the files come to hold, and says that the certificate is another one. Returns how to stop. */
  follow(server: Server, onChange: () => void): () => void;
}

/** Undefined: plain HTTP. With AGENT_TLS_CA a caller must show a certificate of that authority too. Throws BAD_CONFIG. */
export function openTls(
  { tlsCert: cert, tlsKey: key, tlsCa }: Pick<AgentConfig, 'tlsCert' | 'tlsKey' | 'tlsCa'>,
  deps: { readonly clock: Clock; readonly log: Logger },
): AgentTls | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new AppError('BAD_CONFIG', { details: { problems: '  AGENT_TLS_CERT and AGENT_TLS_KEY: each needs the other' } });
  const files = { cert, key };
  let material = readTlsFiles(files);
  return {
    fingerprint: () => material.fingerprint,
    createServer(settings, onRequest) {
      const callers = tlsCa === undefined ? {} : { ca: readFileSync(tlsCa), requestCert: true, rejectUnauthorized: true };
      const server = createSecureServer(
        { ...settings, ...callers, cert: material.cert, key: material.key, minVersion: 'TLSv1.2' },
        onRequest,
      );
      // Node types the two apart; what is used of one here, the other has.
      return server as unknown as Server;
    },
    follow: (server, onChange) =>
      followTlsFiles(files, deps, (changed) => {
        material = changed;
        const { cert: nextCert, key: nextKey } = changed;
        const callers = tlsCa === undefined ? {} : { ca: readFileSync(tlsCa) };
        (server as unknown as TlsServer).setSecureContext({ cert: nextCert, key: nextKey, ...callers });
        onChange();
      }),
  };
}

export function createPlainServer(settings: ServerOptions, onRequest: RequestListener): Server {
  return createServer(settings, onRequest);
}
