import { AppError } from '@ollama-coordinator/common';
import type { ProxyClient } from './proxy-client.js';

/** A list of a release's checksums is some hundred bytes. */
const MAX_BYTES = 1024 * 1024;

/**
 * The SHA-256 of `file` that a checksum file on the web names: lines of `<digest>  <name>` as sha256sum writes them, or one digest
 * alone. Throws CHECKSUM_MISSING, DOWNLOAD_FAILED, PROXY_NEEDS_LOGIN.
 */
export async function fetchChecksum(
  { url, file }: { url: string; file: string },
  { client, signal }: { client: ProxyClient; signal: AbortSignal },
): Promise<string> {
  const response = await client.get(url, { signal });
  const text = await readText(response.body, url);
  if (response.statusCode >= 500) throw new AppError('DOWNLOAD_FAILED', { details: { url, cause: `HTTP ${response.statusCode}` } });
  const digest = response.statusCode === 200 ? findChecksum(text, file) : undefined;
  if (digest === undefined) throw new AppError('CHECKSUM_MISSING', { details: { url, file } });
  return digest;
}

/** Pure. Undefined where the text names none for the file. */
export function findChecksum(text: string, file: string): string | undefined {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 1 && isDigest(lines[0])) return lines[0]?.toLowerCase();
  for (const line of lines) {
    const [, digest, name] = /^([0-9a-fA-F]{64})\s+\*?(?:\.\/)?(\S+)$/.exec(line) ?? [];
    if (name === file) return digest?.toLowerCase();
  }
  return undefined;
}

export function isDigest(text: string | undefined): boolean {
  return text !== undefined && /^[0-9a-fA-F]{64}$/.test(text);
}

async function readText(body: AsyncIterable<Buffer>, url: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new AppError('DOWNLOAD_FAILED', { details: { url, cause: 'longer than a list of checksums' } });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
