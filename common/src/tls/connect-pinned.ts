import type { LookupFunction } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';

export interface PinnedConnection {
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the one certificate that is talked to, as `AB:CD:…`. */
  readonly certificate: string;
  /** What is shown where the other side asks for a certificate. */
  readonly own?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly lookup?: LookupFunction | undefined;
}

/**
 * Opens a TLS connection to exactly that certificate, whoever signed it. The callback is called once, before anything is sent, with the
 * error ERR_TLS_PIN where another one is shown.
 */
export function connectPinned(
  { host, port, certificate, own, lookup }: PinnedConnection,
  callback: (error: Error | null, socket?: TLSSocket) => void,
): void {
  const socket = connect({ host, port, rejectUnauthorized: false, ...own, ...(lookup === undefined ? {} : { lookup }) });
  const fail = (error: Error) => callback(error);
  socket.once('error', fail);
  socket.once('secureConnect', () => {
    socket.off('error', fail);
    if (socket.getPeerX509Certificate()?.fingerprint256 === certificate) return callback(null, socket);
    socket.on('error', () => undefined);
    socket.destroy();
    callback(Object.assign(new Error(`${host}:${port} shows another certificate than the one it is known by`), { code: 'ERR_TLS_PIN' }));
  });
}
