import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '../listen-on-loopback.js';
import { createRegistryContent, type RegistryContent } from './registry-content.js';
import { createRegistryFaults, type RegistryFault, type RegistryFaultRule } from './registry-faults.js';
import type { RegistryRequest } from './registry-request.js';
import { sendPaced } from './send-paced.js';

/** A model registry without authentication, on a real socket of loopback. */
export interface SimulatedRegistry extends Pick<RegistryContent, 'addSynthetic' | 'addFromFolder'> {
  readonly url: string;
  readonly requests: readonly RegistryRequest[];
  /** What Ollama calls a model of this registry; it must be pulled with `insecure`. */
  nameOf(model: string): string;
  addFault(rule: RegistryFaultRule): void;
  clearFaults(): void;
  /** Bytes per second of each download, also of those under way; Infinity is the default. */
  setSpeed(bytesPerS: number): void;
  /** How often the blob's bytes were sent, as a multiple of its size: 1 after one download. */
  timesDownloaded(digest: string): number;
  close(): Promise<void>;
}

const PATH = /^\/v2\/([\w./-]+)\/(manifests|blobs)\/([\w.:-]+)$/;

export async function startRegistry(): Promise<SimulatedRegistry> {
  const content = createRegistryContent();
  const faults = createRegistryFaults();
  const requests: RegistryRequest[] = [];
  let bytesPerS = Number.POSITIVE_INFINITY;

  const server = createServer((req, res) => {
    const [, repository = '', kind, name = ''] = PATH.exec(req.url ?? '') ?? [];
    if (kind === undefined) return void res.writeHead(404).end();
    const isBlob = kind === 'blobs';
    const body = isBlob ? content.blob(name) : content.manifest(repository, name);
    const what = isBlob ? name : `${repository}:${name}`;
    const request: RegistryRequest = {
      method: req.method ?? 'GET',
      kind: isBlob ? 'blob' : 'manifest',
      what,
      range: req.headers.range,
      status: 0,
      bytes: 0,
      ended: false,
    };
    requests.push(request);
    res.once('close', () => {
      request.ended = true;
    });
    answer({ req, res, request, body, bytesPerS: () => bytesPerS, fault: faults.take(request) });
  });
  const listening = await listenOnLoopback(server);
  const { url } = listening;

  return {
    url,
    requests,
    addSynthetic: content.addSynthetic,
    addFromFolder: content.addFromFolder,
    nameOf: (model) => `${url}/${model.includes('/') ? model : `library/${model}`}`,
    addFault: faults.add,
    clearFaults: faults.clear,
    setSpeed: (speed) => {
      bytesPerS = speed;
    },
    timesDownloaded: (digest) => {
      const sent = requests.filter(({ what, range }) => what === digest && range !== undefined).reduce((sum, { bytes }) => sum + bytes, 0);
      return sent / (content.blob(digest)?.length ?? Number.NaN);
    },
    close: listening.close,
  };
}

interface Answer {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly request: RegistryRequest;
  readonly body: Buffer | undefined;
  readonly bytesPerS: () => number;
  readonly fault: RegistryFault | undefined;
}

function answer({ req, res, request, body, bytesPerS, fault }: Answer): void {
  const status = (code: number) => {
    request.status = code;
    return res.writeHead(code, { 'content-length': 0 }).end();
  };
  if (fault?.kind === 'status') return void status(fault.status);
  if (body === undefined) return void status(404);
  const whole = fault?.kind === 'corrupt' ? corrupted(body) : body;
  const range = parseRange(req.headers.range, whole.length);
  if (range === 'wrong') return void status(416);
  const piece = whole.subarray(range.start, range.end + 1);
  const headers = {
    'content-type': request.kind === 'manifest' ? 'application/vnd.docker.distribution.manifest.v2+json' : 'application/octet-stream',
    'content-length': piece.length,
    ...(req.headers.range === undefined
      ? // Ollama asks once without a range, for the address to download from, and reads that from here.
        { location: req.url ?? '' }
      : { 'content-range': `bytes ${range.start}-${range.end}/${whole.length}` }),
  };
  request.status = req.headers.range === undefined ? 200 : 206;
  res.writeHead(request.status, headers);
  if (req.method === 'HEAD') return void res.end();
  const breaksAt = fault?.kind === 'stall' || fault?.kind === 'reset' ? fault.afterBytes : Number.POSITIVE_INFINITY;
  sendPaced(res, piece, {
    bytesPerS,
    breaksAt,
    onSent: (bytes) => {
      request.bytes += bytes;
    },
    onBreak: () => {
      if (fault?.kind === 'reset') res.socket?.resetAndDestroy();
    },
  });
}

function corrupted(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  copy.writeUInt8(copy.readUInt8(copy.length >> 1) ^ 0xff, copy.length >> 1);
  return copy;
}

/** First and last byte, both included. */
function parseRange(header: string | undefined, length: number): { readonly start: number; readonly end: number } | 'wrong' {
  if (header === undefined) return { start: 0, end: length - 1 };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(header) ?? [];
  const [start, end] = [Number(from), to === '' || to === undefined ? length - 1 : Math.min(Number(to), length - 1)];
  return from === undefined || start > end ? 'wrong' : { start, end };
}
