import { isIP } from 'node:net';

/** Whether an address or host name means this machine only. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').replace(/^::ffff:/, '');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** The name or address in a Host header, without the port, brackets and a trailing dot. */
export function hostName(header: string): string {
  return header
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

/**
 * Whether an open coordinator may answer under this Host header. Ollama's own rule: addresses and local names pass, other
 * names are refused, since a web page's DNS name pointed at loopback would else reach it (DNS rebinding).
 */
export function isLocalHostHeader(header: string | undefined): boolean {
  if (header === undefined) return true;
  const host = hostName(header);
  return isIP(host) !== 0 || host === 'localhost' || /\.(localhost|local|internal)$/.test(host);
}
