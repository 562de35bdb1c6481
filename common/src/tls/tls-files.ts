import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { AppError, describeCause } from '../errors/app-error.js';
import type { Logger } from '../logging/create-logger.js';
import type { Clock } from '../time/clock.js';

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Of those whose certificates callers must show; undefined: none is asked for. */
  readonly clientCa?: string | undefined;
}

/** What a TLS server is set up with. */
export interface TlsMaterial extends Pick<SecureContextOptions, 'cert' | 'key' | 'ca'> {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** SHA-256 of the certificate, as `AB:CD:…`. */
  readonly fingerprint: string;
}

/** How often the files are looked at. A certificate is renewed days before it ends. */
const LOOK_MS = 2000;

/** Throws BAD_CONFIG where a file cannot be read, or key and certificate are not of one pair. */
export function readTlsFiles({ cert, key, clientCa }: TlsFiles): TlsMaterial {
  try {
    const material = {
      cert: readFileSync(cert),
      key: readFileSync(key),
      ...(clientCa === undefined ? {} : { ca: readFileSync(clientCa) }),
    };
    createSecureContext(material);
    return { ...material, fingerprint: new X509Certificate(material.cert).fingerprint256 };
  } catch (cause) {
    throw new AppError('BAD_CONFIG', { details: { problems: `  the TLS files ${cert} and ${key}: ${describeCause(cause)}` }, cause });
  }
}

/**
 * Calls back with what the files hold whenever one of them has changed. Files that do not fit together, as while they are being
 * replaced one by one, are passed over until they do. Returns how to stop.
 */
export function followTlsFiles(
  files: TlsFiles,
  { clock, log }: { readonly clock: Pick<Clock, 'setInterval'>; readonly log: Logger },
  onChange: (material: TlsMaterial) => void,
): () => void {
  let [seen, failed] = [stampOf(files), ''];
  const timer = clock.setInterval(() => {
    const stamp = stampOf(files);
    if (stamp === seen) return;
    try {
      onChange(readTlsFiles(files));
      seen = stamp;
      log.info({ cert: files.cert }, 'the TLS certificate was read again');
    } catch (error) {
      if (failed !== stamp) log.warn({ err: error }, 'the changed TLS files cannot be used; the certificate before stays');
      failed = stamp;
    }
  }, LOOK_MS);
  return () => timer.cancel();
}

/** Another text whenever a file was written or replaced. */
function stampOf({ cert, key, clientCa }: TlsFiles): string {
  return [cert, key, clientCa].map((path) => (path === undefined ? '' : stampOfFile(path))).join(' ');
}

function stampOfFile(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs}:${size}:${ino}`;
  } catch {
    return 'absent';
  }
}
