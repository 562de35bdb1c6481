import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { AppError, describeCause, type Logger } from '@ollama-coordinator/common';
import { sendAgentError } from '../server/send-agent-error.js';
import type { Bandwidth } from './bandwidth.js';
import { parseRange } from './parse-range.js';
import { blobPath, readStoredModel, type StoredModel, sizeOfFile } from './stored-model.js';

export const COPY_PATH = '/agent/copy/';
/** Header of the manifest: the model's full name, as the folders here write it. */
export const COPY_NAME_HEADER = 'x-agent-model';

export interface ServeCopyDeps {
  readonly folder: () => Promise<string | undefined>;
  readonly outgoing: Bandwidth;
  readonly log: Logger;
}

/** What may be read: checked by the caller. */
export interface CopyGrant {
  readonly model: string;
  readonly digest: string;
}

/**
 * `GET /agent/copy/manifest` and `GET /agent/copy/blobs/<digest>`, the latter with Range: one model's files, to another agent. Nothing but what
 * the granted manifest names is given out. Throws AppErrors before anything was sent.
 */
export async function serveCopy(
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  grant: CopyGrant,
  deps: ServeCopyDeps,
): Promise<void> {
  if (req.method !== 'GET') return sendAgentError(res, new AppError('WRONG_METHOD'));
  const folder = await deps.folder();
  const stored = folder === undefined ? undefined : await readOrRefuse(folder, grant.model);
  if (folder === undefined || stored === undefined) throw notReadable(grant.model, "Ollama's models folder was not found");
  if (stored.digest !== grant.digest) throw notReadable(grant.model, 'it has another digest by now');
  const what = path.slice(COPY_PATH.length);
  const layer = stored.layers.find(({ digest }) => what === `blobs/${digest}`);
  if (what === 'manifest') sendManifest(res, stored);
  else if (layer) await sendBlob(req, res, blobPath(folder, layer.digest), deps);
  else throw new AppError('UNKNOWN_ROUTE');
}

async function readOrRefuse(folder: string, model: string): Promise<StoredModel | undefined> {
  try {
    return await readStoredModel(folder, model);
  } catch (error) {
    throw notReadable(model, describeCause(error));
  }
}

function sendManifest(res: ServerResponse, { bytes, name: { host, namespace, model, tag } }: StoredModel): void {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': bytes.length };
  res.writeHead(200, { ...headers, [COPY_NAME_HEADER]: `${host}/${namespace}/${model}:${tag}` }).end(bytes);
}

async function sendBlob(req: IncomingMessage, res: ServerResponse, path: string, { outgoing, log }: ServeCopyDeps): Promise<void> {
  const size = await sizeOfFile(path);
  const range = size === undefined ? undefined : parseRange(req.headers.range, size);
  if (size === undefined || range === undefined) throw notReadable(path.slice(-64), 'the blob is not there, or not so long');
  if (size === 0) return void res.writeHead(200, { 'content-length': 0 }).end();
  const { start, end } = range;
  res.writeHead(req.headers.range === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': end - start + 1,
    'content-range': `bytes ${start}-${end}/${size}`,
  });
  try {
    await pipeline(createReadStream(path, { start, end }), outgoing.pass(), res);
  } catch (error) {
    log.debug({ cause: describeCause(error) }, 'a copy to another agent broke off');
    res.destroy();
  }
}

function notReadable(what: string, reason: string): AppError {
  return new AppError('UNKNOWN_MODEL', { details: { sentence: `"${what}" cannot be read here: ${reason}` } });
}
