import { createServer, request, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { KeepAlivePool } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../../support/eventually.js';
import { createManualClock } from '../../../support/manual-clock.js';

/** A server that answers with its own name, and counts connections. */
async function serve(name: string) {
  const sockets: Socket[] = [];
  const server: Server = createServer((req, res) => {
    req.resume();
    req.on('end', () => res.end(name));
  });
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port, sockets, close };
}

describe('KeepAlivePool', () => {
  const clock = createManualClock();
  let pool: KeepAlivePool;
  let servers: Awaited<ReturnType<typeof serve>>[];

  beforeEach(() => {
    pool = new KeepAlivePool({ clock, maxFreeSockets: 2 });
    servers = [];
  });
  afterEach(() => {
    pool.destroy();
    for (const { close } of servers) close();
  });

  async function start(name: string) {
    const server = await serve(name);
    servers.push(server);
    return server;
  }

  /** Resolves with the answer, and whether it came over a connection that had served before. */
  function ask(port: number): Promise<{ readonly text: string; readonly isReused: boolean }> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, method: 'POST', agent: pool }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ text, isReused: outgoing.reusedSocket }));
      });
      outgoing.on('error', reject);
      outgoing.end('body');
    });
  }

  it('uses one connection for requests one after another, and one each for those at the same time', async () => {
    const { port, sockets } = await start('a');
    for (let count = 0; count < 10; count += 1) await ask(port);
    expect(sockets).to.have.length(1);
    await Promise.all([ask(port), ask(port), ask(port)]);
    expect(sockets).to.have.length(3);
  });

  it('keeps the connections of two addresses apart', async () => {
    const [one, other] = [await start('one'), await start('other')];
    for (let count = 0; count < 3; count += 1) {
      expect((await ask(one.port)).text).to.equal('one');
      expect((await ask(other.port)).text).to.equal('other');
    }
    expect([one.sockets.length, other.sockets.length]).to.deep.equal([1, 1]);
  });

  it('lets no more connections to an address idle than it may', async () => {
    const { port, sockets } = await start('a');
    await Promise.all([ask(port), ask(port), ask(port), ask(port)]);
    await eventually(() => sockets.filter((socket) => !socket.destroyed).length === 2);
  });

  it('passes over an idle connection that the other side closed', async () => {
    const { port, sockets } = await start('a');
    await ask(port);
    sockets[0]?.resetAndDestroy();
    await eventually(() => Object.keys(pool.sockets).length === 0);
    expect(await ask(port)).to.deep.equal({ text: 'a', isReused: false });
  });

  it('closes a connection that nobody used for a minute', async () => {
    const { port, sockets } = await start('a');
    await ask(port);
    clock.advance(59_000);
    expect(await ask(port)).to.include({ isReused: true });
    clock.advance(59_000);
    expect(sockets[0]?.destroyed).to.equal(false);
    clock.advance(16_000);
    await eventually(() => sockets[0]?.destroyed);
  });

  it('closes what idles when it is destroyed', async () => {
    const { port, sockets } = await start('a');
    await ask(port);
    pool.destroy();
    await eventually(() => sockets[0]?.destroyed);
  });
});
