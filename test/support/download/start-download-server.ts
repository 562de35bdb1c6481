import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '../listen-on-loopback.js';
import { sendPaced } from '../registry/send-paced.js';

/** What goes wrong with one answer. */
export type DownloadFault =
  | { readonly kind: 'status'; readonly status: number }
  /** The connection breaks after so many bytes of the answer. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Nothing more comes after so many bytes, and the connection stays. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** A sign-in page, as of a guest network. */
  | { readonly kind: 'page' }
  /** As many bytes, and others. */
  | { readonly kind: 'lie' };

export interface DownloadRequest {
  readonly path: string;
  readonly range: string | undefined;
}

/** A web server with files, in place of a release page. */
export interface DownloadServer {
  readonly url: string;
  readonly requests: readonly DownloadRequest[];
  /** Replaces a file under the same name, with another ETag. */
  put(name: string, body: Buffer): void;
  /** For the next answer with a file, one after the other. */
  fail(...faults: DownloadFault[]): void;
  setSpeed(bytesPerS: number): void;
  /** Sends on to another address whoever asks for the file. */
  redirect(name: string, to: string): void;
  /** A list as sha256sum makes it, kept in `sha256sum.txt`. */
  putChecksums(): void;
  close(): Promise<void>;
}

export async function startDownloadServer(): Promise<DownloadServer> {
  const files = new Map<string, Buffer>();
  const redirects = new Map<string, string>();
  const faults: DownloadFault[] = [];
  const requests: DownloadRequest[] = [];
  let bytesPerS = Number.POSITIVE_INFINITY;

  const server = createServer((req, res) => {
    const name = (req.url ?? '').split('/').pop() ?? '';
    requests.push({ path: req.url ?? '', range: req.headers.range });
    const body = files.get(name);
    const elsewhere = redirects.get(name);
    if (elsewhere !== undefined) return void res.writeHead(302, { location: elsewhere }).end();
    if (body === undefined) return void res.writeHead(404).end('not found');
    answer({ req, res, body, fault: name === 'sha256sum.txt' ? undefined : faults.shift(), bytesPerS: () => bytesPerS });
  });
  const listening = await listenOnLoopback(server);
  return {
    url: listening.url,
    requests,
    put: (name, body) => files.set(name, body),
    fail: (...more) => faults.push(...more),
    redirect: (name, to) => redirects.set(name, to),
    setSpeed(speed) {
      bytesPerS = speed;
    },
    putChecksums() {
      const lines = [...files].map(([name, body]) => `${sha256(body)}  ./${name}\n`);
      files.set('sha256sum.txt', Buffer.from(lines.join('')));
    },
    close: listening.close,
  };
}

interface Answer {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly body: Buffer;
  readonly fault: DownloadFault | undefined;
  readonly bytesPerS: () => number;
}

function answer({ req, res, body, fault, bytesPerS }: Answer): void {
  if (fault?.kind === 'status') return void res.writeHead(fault.status).end();
  if (fault?.kind === 'page') return void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please sign in</html>');
  const etag = `"${sha256(body).slice(0, 16)}"`;
  const from = req.headers['if-range'] === etag ? Number(/^bytes=(\d+)-$/.exec(req.headers.range ?? '')?.[1] ?? 0) : 0;
  if (from >= body.length) return void res.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
  const rest = body.subarray(from);
  const range = from > 0 ? { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` } : {};
  res.writeHead(from > 0 ? 206 : 200, { etag, 'content-type': 'application/octet-stream', 'content-length': rest.length, ...range });
  const breaksAt = fault?.kind === 'cut' || fault?.kind === 'stall' ? fault.afterBytes : Number.POSITIVE_INFINITY;
  const sent = fault?.kind === 'lie' ? Buffer.alloc(rest.length, 'x') : rest;
  const onBreak = () => (fault?.kind === 'cut' ? res.destroy() : undefined);
  sendPaced(res, sent, { bytesPerS, breaksAt, onSent: () => undefined, onBreak });
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
