import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { dashboardPageDir, serveDashboard } from '#coordinator/dashboard/serve-dashboard.js';

describe('serveDashboard', () => {
  let folder: string;
  let server: Server | undefined;
  let origin: string;
  const ask = (path: string, init?: RequestInit) => fetch(origin + path, init);
  const serve = async () => {
    const servePage = serveDashboard(join(folder, 'page'));
    server = createServer(servePage).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
    mkdirSync(join(folder, 'page', 'assets'), { recursive: true });
    writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html><title>page</title>');
    writeFileSync(join(folder, 'page', 'assets', 'main-1a2b.js'), 'export {};');
    writeFileSync(join(folder, 'secret.txt'), 'secret');
  });
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  it('is small: the built page is loaded with at most 200 kB, compressed', () => {
    const built = dashboardPageDir();
    const files = readdirSync(built, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const bytes = files.reduce((sum, { parentPath, name }) => sum + gzipSync(readFileSync(join(parentPath, name))).length, 0);
    console.log(`      ${(bytes / 1000).toFixed(1)} kB`);
    expect(files.length).to.be.above(2);
    expect(bytes).to.be.below(200_000);
  });

  for (const path of ['/dashboard', '/dashboard/', '/dashboard?a=1', '/dashboard/index.html']) {
    it(`answers ${path} with the page, to be asked for again each time`, async () => {
      await serve();
      const answer = await ask(path);
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('content-type')).to.equal('text/html; charset=utf-8');
      expect(answer.headers.get('cache-control')).to.equal('no-cache');
      expect(await answer.text()).to.contain('<title>page</title>');
    });
  }

  it('lets hashed files be kept for good', async () => {
    await serve();
    const answer = await ask('/dashboard/assets/main-1a2b.js');
    expect(answer.headers.get('content-type')).to.equal('text/javascript; charset=utf-8');
    expect(answer.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
  });

  it('forbids scripts, frames and sniffing from elsewhere on every answer', async () => {
    await serve();
    for (const path of ['/dashboard', '/dashboard/nothing']) {
      const { headers } = await ask(path);
      expect(headers.get('content-security-policy')).to.contain("default-src 'self'").and.to.contain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('referrer-policy')).to.equal('no-referrer');
    }
  });

  it('answers 304 to whoever has the page', async () => {
    await serve();
    const etag = (await ask('/dashboard')).headers.get('etag') ?? '';
    const answer = await ask('/dashboard', { headers: { 'if-none-match': etag } });
    expect(answer.status).to.equal(304);
  });

  it('answers HEAD without a body, and 405 to anything that would change something', async () => {
    await serve();
    const head = await ask('/dashboard', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).to.deep.equal([200, '34', '']);
    expect((await ask('/dashboard', { method: 'POST' })).status).to.equal(405);
  });

  for (const path of ['/dashboard/../secret.txt', '/dashboard/%2e%2e/secret.txt', '/dashboard/..%2fsecret.txt', '/dashboard/__proto__']) {
    it(`knows nothing at ${path}`, async () => {
      await serve();
      expect((await ask(path)).status).to.equal(404);
    });
  }

  it('says how to build a page that is not built', async () => {
    rmSync(join(folder, 'page'), { recursive: true });
    await serve();
    const answer = await ask('/dashboard');
    expect(answer.status).to.equal(503);
    expect(await answer.text()).to.contain('npm run build');
  });
});
