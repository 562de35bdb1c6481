import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@ollama-coordinator/common';
import type { Bandwidth } from './bandwidth.js';
import { parseRange } from './parse-range.js';
import { type AskPeerOptions, openBlob } from './peer.js';
import type { StoredModel } from './stored-model.js';

export interface LoopbackRegistryOptions extends AskPeerOptions {
  readonly model: StoredModel;
  readonly incoming: Bandwidth;
  /** The other agent failed; Ollama would go on trying for a minute. */
  readonly onSourceFailed: (error: AppError) => void;
}

export interface LoopbackRegistry {
  /** What Ollama calls the model there; to be pulled with `insecure`. */
  readonly name: string;
  close(): void;
}

/**
 * A registry with one model, on loopback, for as long as its copy takes: Ollama pulls from it what lies at another agent, and resumes and
 * verifies as with any registry. Its namespace is a secret, since other programs of this machine can reach it.
 */
export async function startLoopbackRegistry(options: LoopbackRegistryOptions): Promise<LoopbackRegistry> {
  const namespace = randomBytes(16).toString('hex');
  const base = `/v2/${namespace}/fleet-copy`;
  const server = createServer((req, res) => void answer(req, res, base, options).catch(() => res.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    name: `127.0.0.1:${(server.address() as AddressInfo).port}/${namespace}/fleet-copy:latest`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(req: IncomingMessage, res: ServerResponse, base: string, options: LoopbackRegistryOptions): Promise<void> {
  const { model, incoming, onSourceFailed } = options;
  const url = req.url ?? '';
  if (url === `${base}/manifests/latest`) return void res.writeHead(200, { 'content-length': model.bytes.length }).end(model.bytes);
  const layer = model.layers.find(({ digest }) => url === `${base}/blobs/${digest}`);
  if (layer === undefined) return void res.writeHead(404).end();
  if (req.method === 'HEAD') return void res.writeHead(200, { 'content-length': layer.size }).end();
  // Ollama asks once without a range, to learn from the header where to download from.
  if (req.headers.range === undefined) return void res.writeHead(200, { location: url, 'content-length': 0 }).end();
  const range = parseRange(req.headers.range, layer.size);
  if (range === undefined) return void res.writeHead(416).end();
  try {
    const blob = await openBlob(options, layer.digest, range.start, range.end);
    const headers = { 'content-length': range.end - range.start + 1, 'content-range': `bytes ${range.start}-${range.end}/${layer.size}` };
    res.writeHead(206, headers);
    await pipeline(blob, incoming.pass(), res);
  } catch (error) {
    if (error instanceof AppError) onSourceFailed(error);
    res.destroy();
  }
}
