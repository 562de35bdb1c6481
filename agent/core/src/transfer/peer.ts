import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import { AppError, type CopySource, describeCause, parseModelName } from '@ollama-coordinator/common';
import { pinnedTo } from '../http/pinned-to.js';
import { requestFunction } from '../http/request-json.js';
import { COPY_NAME_HEADER, COPY_PATH } from './serve-copy.js';
import { MANIFEST_LIMIT_BYTES, parseManifest, type StoredModel } from './stored-model.js';

export interface AskPeerOptions {
  readonly source: CopySource;
  readonly httpAgent: HttpAgent;
  readonly signal: AbortSignal;
}

/** Silence after which an agent that hands a model over is given up. */
const SILENCE_MS = 10_000;

/** The manifest at another agent. Throws COPY_SOURCE_FAILED, also where it is not the one of that digest. */
export async function fetchManifest(options: AskPeerOptions, digest: string): Promise<StoredModel> {
  const response = await askPeer(options, 'manifest');
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MANIFEST_LIMIT_BYTES) throw new Error('its manifest is too long to be one');
      chunks.push(chunk);
    }
  } catch (cause) {
    throw sourceFailed(options, describeCause(cause), cause);
  }
  const name = parseModelName(String(response.headers[COPY_NAME_HEADER]));
  const stored = name && parseManifest(name, Buffer.concat(chunks));
  if (!stored) throw sourceFailed(options, 'what it sent is no manifest');
  if (stored.digest !== digest) throw sourceFailed(options, 'its manifest is not the one that was promised');
  return stored;
}

/** A blob from byte `start` on, or up to `end`. Throws COPY_SOURCE_FAILED. */
export function openBlob(options: AskPeerOptions, digest: string, start: number, end?: number): Promise<IncomingMessage> {
  return askPeer(options, `blobs/${digest}`, { range: `bytes=${start}-${end ?? ''}` });
}

function askPeer(options: AskPeerOptions, what: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
  const { source, httpAgent, signal } = options;
  return new Promise((resolve, reject) => {
    const request = requestFunction(source.address)(`${source.address}${COPY_PATH}${what}`, {
      ...(source.certificate === undefined ? { agent: httpAgent } : pinnedTo(source.address, source.certificate)),
      headers: { authorization: `Bearer ${source.token}`, ...headers },
      timeout: SILENCE_MS,
      signal,
    });
    request.on('timeout', () => request.destroy(new Error(`it was silent for ${SILENCE_MS} ms`)));
    request.on('error', (cause) => reject(signal.aborted ? signal.reason : sourceFailed(options, describeCause(cause), cause)));
    request.on('response', (response) => {
      if (response.statusCode === 200 || response.statusCode === 206) return resolve(response);
      response.resume();
      reject(sourceFailed(options, `it answered ${response.statusCode}`));
    });
    request.end();
  });
}

export function sourceFailed({ source }: Pick<AskPeerOptions, 'source'>, reason: string, cause?: unknown): AppError {
  return new AppError('COPY_SOURCE_FAILED', { details: { source: source.name, reason }, cause });
}
