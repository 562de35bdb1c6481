import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { Protocol } from 'electron';

const SCHEME = 'ollama-agent';
export const PAGE_ORIGIN = `${SCHEME}://settings`;

/** Nothing from elsewhere, nothing inline, nothing evaluated, no connection but that of the preload script. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Before the program is ready: the page's scheme is as strict as https. */
export function registerPageScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true } }]);
}

/** Once it is ready: serves the files that are in the page's folder at this moment, and nothing else of the disk, under no other host. */
export function setupPageProtocol(protocol: Pick<Protocol, 'handle'>, pageDir: string): void {
  const files = new Map(listFiles(pageDir).map((path) => [`/${relative(pageDir, path).split(sep).join('/')}`, path]));
  protocol.handle(SCHEME, (request) => {
    const { pathname } = new URL(request.url);
    const isOurs = request.method === 'GET' && isPageAddress(request.url);
    const path = isOurs ? files.get(pathname === '/' ? '/index.html' : pathname) : undefined;
    if (path === undefined) return new Response('not found', { status: 404 });
    return new Response(readFileSync(path), {
      headers: {
        'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cache-control': 'no-store',
      },
    });
  });
}

/** Whether an address is one of the page. Its parts are compared: Node gives such a scheme no origin. */
export function isPageAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host } = new URL(address);
  return `${protocol}//${host}` === PAGE_ORIGIN;
}

function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}
