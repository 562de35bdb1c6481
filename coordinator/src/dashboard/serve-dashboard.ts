import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

const NOT_BUILT = 'The dashboard is not built. Run "npm run build" in the root of the repository, then restart the coordinator.\n';

/** Where the build puts the page (coordinator/dashboard/vite.config.ts). */
export function dashboardPageDir(): string {
  return fileURLToPath(new URL('../dashboard-page', import.meta.url));
}

interface PageFile {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Serves the built page under `/dashboard` from memory: the page itself at `/dashboard`, its parts below. The files are read
 * once, here. A page that is not built is answered with 503 and what to do about it. The page holds no data and needs no key.
 */
export function serveDashboard(pageDir: string = dashboardPageDir()): (request: IncomingMessage, response: ServerResponse) => void {
  const files = readPage(pageDir);
  return (request, response) => {
    const send = (status: number, headers: Readonly<Record<string, string>>, body: Buffer | string) => {
      const length = Buffer.byteLength(body);
      response.writeHead(status, { ...SECURITY_HEADERS, ...headers, ...(status === 304 ? {} : { 'content-length': String(length) }) });
      response.end(request.method === 'HEAD' || status === 304 ? undefined : body);
    };
    const text = { 'content-type': 'text/plain; charset=utf-8' };
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send(405, { ...text, allow: 'GET, HEAD' }, '405 method not allowed\n');
    if (files.size === 0) return send(503, { ...text, 'cache-control': 'no-store' }, NOT_BUILT);
    const file = files.get(pathOf(request));
    if (file === undefined) return send(404, text, '404 page not found\n');
    if (request.headers['if-none-match'] === file.headers.etag) return send(304, file.headers, '');
    send(200, file.headers, file.body);
  };
}

/** Path below `/dashboard`, whatever the server in front cut off. */
function pathOf(request: IncomingMessage): string {
  const original = 'originalUrl' in request && typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '/');
  const path = original.split(/[?#]/, 1)[0]?.replace(/^\/dashboard\/?/, '') ?? '';
  return path === '' ? 'index.html' : path;
}

function readPage(pageDir: string): ReadonlyMap<string, PageFile> {
  if (!existsSync(join(pageDir, 'index.html'))) return new Map();
  const names = readdirSync(pageDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(pageDir.length + 1));
  return new Map(names.map((name) => [name.split(sep).join('/'), readPageFile(pageDir, name)]));
}

function readPageFile(pageDir: string, name: string): PageFile {
  const body = readFileSync(join(pageDir, name));
  // Vite puts a hash of the content into the names below assets/.
  const hashed = name.startsWith(`assets${sep}`);
  return {
    body,
    headers: {
      'content-type': CONTENT_TYPES[extname(name)] ?? 'application/octet-stream',
      'cache-control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
    },
  };
}
