import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  /** By lower-case name; of several the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawOptions {
  /** Milliseconds without a byte after which what came is taken for everything. */
  readonly quietMs?: number;
  /** The request goes out in pieces, this many milliseconds apart. */
  readonly pauseMs?: number;
}

const LONGEST_MS = 15_000;

/** Sends bytes as they are, and reads what comes back until the connection closes or falls quiet: no client library tidies anything up. */
export async function sendRaw(
  url: string,
  request: string | Buffer | readonly (string | Buffer)[],
  options: RawOptions = {},
): Promise<readonly RawAnswer[]> {
  const pieces = Array.isArray(request) ? (request as readonly (string | Buffer)[]) : [request as string | Buffer];
  return parseAnswers(await exchange(url, pieces, options));
}

async function exchange(url: string, pieces: readonly (string | Buffer)[], { quietMs = 400, pauseMs = 20 }: RawOptions): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((resolve) => {
    let quiet = setTimeout(resolve, LONGEST_MS);
    const longest = setTimeout(resolve, LONGEST_MS);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      clearTimeout(quiet);
      quiet = setTimeout(resolve, quietMs);
    });
    for (const event of ['end', 'close', 'error']) socket.once(event, () => resolve());
    socket.once('close', () => {
      clearTimeout(quiet);
      clearTimeout(longest);
    });
  });
  await writeAll(socket, pieces, pauseMs);
  await ended;
  socket.destroy();
  return Buffer.concat(chunks);
}

async function writeAll(socket: Socket, pieces: readonly (string | Buffer)[], pauseMs: number): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    if (socket.destroyed) return;
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    if (index + 1 < pieces.length) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** One entry per status line that came. Bodies are cut by Content-Length or chunks, else they reach to the end. */
function parseAnswers(bytes: Buffer): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  let text = bytes.toString('latin1');
  while (text.startsWith('HTTP/1.')) {
    const headEnd = text.indexOf('\r\n\r\n');
    const head = headEnd < 0 ? text : text.slice(0, headEnd);
    const headers = Object.fromEntries(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const rest = headEnd < 0 ? '' : text.slice(headEnd + 4);
    const { body, length } = cutBody(rest, headers, head.startsWith('HTTP/1.1 1'));
    answers.push({ status: Number(head.slice(9, 12)), head, headers, body });
    text = rest.slice(length);
  }
  return answers;
}

function cutBody(
  rest: string,
  headers: Readonly<Record<string, string>>,
  isInterim: boolean,
): { readonly body: string; readonly length: number } {
  if (isInterim) return { body: '', length: 0 };
  const length = Number(headers['content-length'] ?? Number.NaN);
  if (!Number.isNaN(length)) return { body: rest.slice(0, length), length };
  if (headers['transfer-encoding'] !== 'chunked') return { body: rest, length: rest.length };
  let body = '';
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    const size = Number.parseInt(rest.slice(at, lineEnd), 16);
    if (lineEnd < 0 || Number.isNaN(size)) return { body, length: rest.length };
    if (size === 0) return { body, length: lineEnd + 4 };
    body += rest.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
