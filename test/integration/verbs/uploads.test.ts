import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const MIB = 1024 * 1024;
const digestOf = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`;

describe('uploads over several replicas', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({ replicas: 2, agents: ['a', 'b', 'c'].map((name) => ({ name })) });
  });
  after(() => fleet.close());

  const post = (replica: number, path: string, body: string) =>
    fetch((fleet.coordinators[replica]?.url ?? '') + path, { method: 'POST', body });

  it('have one home, and a create through any replica finds them there', async () => {
    const parts = ['part one', 'part two', 'part three', 'part four'];
    const posted = await Promise.all(parts.map((part, index) => post(index % 2, `/api/blobs/${digestOf(part)}`, part)));
    expect(posted.map(({ status }) => status)).to.deep.equal([201, 201, 201, 201]);
    const homes = new Set(posted.map(({ headers }) => headers.get('x-coordinator-agent')));
    expect(homes.size).to.equal(1);
    const files = Object.fromEntries(parts.map((part, index) => [`model-${index}.safetensors`, digestOf(part)]));
    const created = await post(1, '/api/create', JSON.stringify({ model: 'made', files }));
    expect(homes.has(created.headers.get('x-coordinator-agent'))).to.equal(true);
    expect(await created.text()).to.match(/"success"/);
  });

  it('move to another home when theirs is gone', async () => {
    const first = await post(0, `/api/blobs/${digestOf('before')}`, 'before');
    const home = first.headers.get('x-coordinator-agent') ?? '';
    await fleet.agents.find(({ name }) => name === home)?.program.stop();
    await eventually(async () => {
      const next = await post(1, `/api/blobs/${digestOf('after')}`, 'after');
      expect(next.status).to.equal(201);
      expect(next.headers.get('x-coordinator-agent')).to.not.equal(home);
    });
    const apart = await post(0, '/api/create', JSON.stringify({ model: 'x', files: { a: digestOf('before'), b: digestOf('after') } }));
    expect(apart.status).to.equal(400);
    expect(await apart.text()).to.match(/no agent that is there has all files of this model/);
  });
});

describe('an upload', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  let ollama: SlowDisk;
  before(async () => {
    ollama = await startSlowDisk();
    fleet = await startFleet({ agents: [{ name: 'one', ollama: ollama.url }] });
  });
  after(async () => {
    await fleet.close();
    ollama.server.close();
  });

  const programs = () => [...fleet.coordinators, ...fleet.agents].map(({ program }) => program.pid);
  const residentBytes = () =>
    programs().map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024);

  it('of 512 MiB to a slow disk is passed on, not kept', async () => {
    const before = residentBytes();
    let most = before;
    const chunk = Buffer.alloc(MIB, 7);
    const sizeBytes = 512 * MIB;
    const upload = request(`${fleet.url}/api/blobs/${digestOf('large')}`, { method: 'POST', headers: { 'content-length': sizeBytes } });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      upload.once('response', (response) => resolve(response.resume().statusCode)).once('error', reject);
    });
    for (let sent = 0; sent < sizeBytes; sent += chunk.length) {
      if (!upload.write(chunk)) await new Promise((resolve) => upload.once('drain', resolve));
      if (sent % (32 * MIB) === 0) most = residentBytes().map((bytes, index) => Math.max(bytes, most[index] ?? 0));
    }
    upload.end();
    expect(await answered).to.equal(201);
    expect(ollama.received()).to.equal(sizeBytes);
    for (const [index, bytes] of most.entries()) expect(bytes - (before[index] ?? 0), 'bytes more in memory').to.be.below(96 * MIB);
  });

  it('that its client breaks off ends at Ollama, which does not take it for whole', async () => {
    const upload = request(`${fleet.url}/api/blobs/${digestOf('torn')}`, { method: 'POST', headers: { 'content-length': 10 * MIB } });
    upload.on('error', () => {});
    upload.write(Buffer.alloc(MIB));
    await eventually(() => ollama.open() === 1);
    upload.destroy();
    await eventually(() => ollama.open() === 0);
    expect(ollama.torn()).to.equal(1);
  });

  it("that is there already, and sent whole before anybody says so, is in nobody's way", async () => {
    for (let round = 0; round < 5; round += 1) {
      ollama.hasNext();
      const there = await fetch(`${fleet.url}/api/blobs/${digestOf('there')}`, { method: 'POST', body: Buffer.alloc(3 * MIB) });
      expect(there.status).to.equal(200);
      const next = await fetch(`${fleet.url}/api/blobs/${digestOf('next')}`, { method: 'POST', body: 'next' });
      expect(next.status).to.equal(201);
    }
  });

  for (const [framing, headers] of Object.entries({ 'of known length': { 'content-length': 5 * MIB }, 'in chunks': {} })) {
    it(`${framing} whose blob is there already is answered before it is whole, and is in nobody's way`, async () => {
      const upload = request(`${fleet.url}/api/blobs/${digestOf('there')}`, { method: 'POST', headers });
      const answered = new Promise<number | undefined>((resolve, reject) => {
        upload.once('response', (response) => resolve(response.resume().statusCode)).once('error', reject);
      });
      ollama.hasNext();
      upload.write(Buffer.alloc(MIB));
      expect(await answered).to.equal(200);
      upload.end(Buffer.alloc(4 * MIB));
      const next = await fetch(`${fleet.url}/api/blobs/${digestOf('next')}`, { method: 'POST', body: 'next' });
      expect(next.status).to.equal(201);
    });
  }
});

interface SlowDisk {
  readonly server: Server;
  readonly url: string;
  received(): number;
  open(): number;
  torn(): number;
  /** The next blob is there already. */
  hasNext(): void;
}

/** As much of an Ollama as takes uploads, reading with pauses. */
async function startSlowDisk(): Promise<SlowDisk> {
  let [received, open, torn, has] = [0, 0, 0, false];
  const server = createServer((req, res) => {
    const json = (value: unknown) => res.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    if (req.url === '/api/version') return json({ version: '0.32.15' });
    if (req.url === '/api/tags' || req.url === '/api/ps') return json({ models: [] });
    if (has) {
      has = false;
      // As Go does: it reads nothing of the body, closes its side, and cuts the connection a moment later.
      req.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      setTimeout(() => req.socket.destroy(), 500);
      return;
    }
    open += 1;
    req.on('data', (chunk: Buffer) => {
      received += chunk.length;
      req.pause();
      setImmediate(() => req.resume());
    });
    req.once('end', () => res.writeHead(201).end());
    req.once('close', () => {
      open -= 1;
      if (!req.complete) torn += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    url: `http://127.0.0.1:${port}`,
    received: () => received,
    open: () => open,
    torn: () => torn,
    hasNext: () => {
      has = true;
    },
  };
}
