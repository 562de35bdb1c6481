import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import WebSocket from 'ws';
import { eventually } from '../support/eventually.js';
import { sendRaw } from '../support/raw-http.js';
import { ADMIN_KEY, type AttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';
import { sharedFleet } from './support/shared-fleet.js';

const MB = 1024 * 1024;
/** What a coordinator may keep of all this, garbage that was not collected yet included. */
const MOST_GROWTH_MB = 250;

describeAttack('bombs', 'against the coordinator’s port', (seen) => {
  let fleet: AttackedFleet;
  let key: string;
  let startMb = 0;

  const rssMb = () => {
    const status = readFileSync(`/proc/${fleet.coordinators[0]?.program.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  };
  before(async function () {
    if (process.platform !== 'linux') this.skip();
    fleet = await sharedFleet();
    ({ key } = await fleet.createKey({ scopes: ['infer', 'read'] }));
    startMb = rssMb();
  });

  const status = async (request: string | readonly (string | Buffer)[], options?: object) => {
    const [answer] = await sendRaw(fleet.url, request, options);
    seen(answer?.status ?? 'connection closed');
    return answer?.status ?? 0;
  };
  const post = (path: string, lines: readonly string[], bearer = key) =>
    [`POST ${path} HTTP/1.1`, 'host: x', `authorization: Bearer ${bearer}`, ...lines, '', ''].join('\r\n');

  it('headers: one that is long, and many', async () => {
    expect(await status(post('/api/chat', [`x-long: ${'a'.repeat(100_000)}`]))).to.equal(431);
    expect(
      await status(
        post(
          '/api/chat',
          Array.from({ length: 5000 }, (_, index) => `x-${index}: y`),
        ),
      ),
    ).to.equal(431);
    expect(await status(`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`)).to.equal(431);
  });

  it('bodies: announced as too large, and growing too large', async () => {
    expect(await status(post('/api/chat', [`content-length: ${10 * 1024 * MB}`]))).to.equal(413);
    expect(await status(post('/api/agents/register', [`content-length: ${2 * MB}`]))).to.equal(413);
    const chunk = Buffer.from(`100000\r\n${'a'.repeat(MB)}\r\n`);
    expect(
      await status([post('/api/pull', ['transfer-encoding: chunked'], ADMIN_KEY), ...Array.from({ length: 40 }, () => chunk)], {
        pauseMs: 1,
      }),
    ).to.equal(413);
  });

  it('bodies that unpack to far more than they are', async () => {
    const zeros = Buffer.alloc(24 * MB, '0');
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(zeros)],
      ['deflate', deflateSync(zeros)],
      ['br', brotliCompressSync(zeros.subarray(0, 8 * MB), { params: { 1: 3 } })],
      ['gzip, gzip', gzipSync(gzipSync(zeros))],
      ['zstd', Buffer.from('28b52ffd', 'hex')],
    ] as const) {
      for (const path of ['/api/coordinator/session', '/api/chat']) {
        const answer = await fetch(fleet.url + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-encoding': encoding, 'content-type': 'application/json' },
          body: bytes,
        });
        expect([400, 413, 415], `${encoding} to ${path}`).to.include(answer.status);
        seen(answer.status);
        await answer.body?.cancel();
      }
    }
  });

  it('JSON: a hundred thousand levels, 200,000 names, a number of a million digits', async () => {
    const ask = async (body: string) => {
      const answer = await fleet.ask('POST', '/api/chat', key, body);
      seen(answer.status);
      await answer.body?.cancel();
      return answer.status;
    };
    const depth = 100_000;
    expect(await ask(`{"model":"tiny","messages":${'['.repeat(depth)}${']'.repeat(depth)}}`)).to.equal(400);
    expect(await ask(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)).to.equal(400);
    const names = Array.from({ length: 200_000 }, (_, index) => `"k${index}":1`).join(',');
    expect(await ask(`{"model":"nothing-there","messages":[],${names}}`)).to.be.oneOf([400, 404]);
    expect(await ask(`{"model":"nothing-there","messages":[],"x":${'9'.repeat(1_000_000)}}`)).to.be.oneOf([400, 404]);
  });

  it('WebSocket frames: oversize, unmasked, fragments without end, bad UTF-8, reserved bits', async () => {
    const code = (send: (socket: WebSocket & { _socket?: { write(bytes: Buffer): void } }) => void) =>
      new Promise<number>((resolve, reject) => {
        const socket = new WebSocket(`${fleet.url.replace('http', 'ws')}/ws/dashboard`, ['ollama-coordinator'], {
          headers: { authorization: `Bearer ${ADMIN_KEY}` },
        });
        socket.on('open', () => send(socket));
        socket.on('close', (closed) => {
          seen(closed);
          resolve(closed);
        });
        socket.on('error', () => undefined);
        setTimeout(() => reject(new Error('the socket stays open')), 10_000).unref();
      });
    const raw = (hex: string) => (socket: { _socket?: { write(bytes: Buffer): void } }) => socket._socket?.write(Buffer.from(hex, 'hex'));
    expect(await code((socket) => socket.send(Buffer.alloc(5 * MB)))).to.equal(1009);
    expect(await code(raw('82ff7fffffffffffffff00000000'))).to.be.oneOf([1002, 1009, 1006]);
    expect(await code(raw('810178'))).to.equal(1002);
    expect(await code(raw('818300000000c32828'))).to.be.oneOf([1007, 1002]);
    expect(await code(raw('f18000000000'))).to.equal(1002);
    const fragments = Buffer.concat([
      Buffer.from('01810000000061', 'hex'),
      ...Array.from({ length: 400_000 }, () => Buffer.from('00810000000061', 'hex')),
    ]);
    expect(await code((socket) => socket._socket?.write(fragments))).to.be.oneOf([1009, 1002, 1008]);
  });

  it('thousands of connections that say nothing, or little', async () => {
    const { hostname, port } = new URL(fleet.url);
    const sockets = Array.from({ length: 1000 }, (_, index) => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      if (index % 2 === 0) socket.write('POST /api/chat HTTP/1.1\r\nx-slow:');
      return socket;
    });
    expect((await fleet.ask('POST', '/api/generate', key, { model: 'tiny', prompt: 'x', stream: false })).status).to.equal(200);
    for (const socket of sockets) socket.destroy();
    seen('others are served');
  });

  it('and memory is flat', async () => {
    await eventually(() => rssMb() - startMb < MOST_GROWTH_MB, { withinMs: 30_000 });
    seen(`memory +${Math.max(0, Math.round(rssMb() - startMb))} MB`);
  });
});
