import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { createBodyPace } from '#coordinator/http/body-pace.js';
import { eventually } from '../../../support/eventually.js';
import { createManualClock } from '../../../support/manual-clock.js';

describe('createBodyPace', () => {
  const clock = createManualClock();
  let server: Server;
  let received: number;
  let open: Socket[];

  beforeEach(async () => {
    const pace = createBodyPace(clock);
    received = 0;
    open = [];
    server = createServer((req, res) => {
      pace.demand(req);
      req.on('data', (chunk: Buffer) => (received += chunk.length));
      req.on('end', () => res.end('whole'));
      req.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });

  /** A client that has sent its head, and `bytes` of a body of 100,000. */
  async function send(bytes: number) {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let answer = '';
    client.on('data', (chunk) => (answer += chunk)).on('error', () => undefined);
    open.push(client);
    client.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n`);
    await more(client, bytes);
    return { client, answer: () => answer };
  }

  async function more(client: Socket, bytes: number) {
    const before = received;
    client.write('x'.repeat(bytes));
    await eventually(() => received - before === bytes);
  }

  it('ends the connection of a body that drips', async () => {
    const { client, answer } = await send(10);
    clock.advance(9000);
    await more(client, 10);
    expect(answer()).to.equal('');
    clock.advance(3000);
    await eventually(() => expect(answer()).to.match(/^HTTP\/1.1 408 Request Timeout\r\n/));
    await eventually(() => client.destroyed);
  });

  it('lets a slow body come that has some pace', async () => {
    const { client, answer } = await send(10);
    for (let part = 0; part < 24; part += 1) {
      await more(client, 4110);
      clock.advance(9000);
    }
    await more(client, 100_000 - 10 - 24 * 4110);
    await eventually(() => expect(answer()).to.match(/whole$/));
  });

  it('lets a connection idle whose request came whole', async () => {
    const { client, answer } = await send(100_000);
    await eventually(() => expect(answer()).to.match(/whole$/));
    clock.advance(60_000);
    expect(client.destroyed).to.equal(false);
  });
});
