import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { WatchHub } from '#agent/server/watch-hub.js';
import { eventually } from '../../../support/eventually.js';
import { createManualClock } from '../../../support/manual-clock.js';

describe('WatchHub.announce', () => {
  const clock = createManualClock();
  let inFlight = 0;
  let hub: WatchHub;
  let server: Server;
  let answer: IncomingMessage;
  const told: number[] = [];

  before(async () => {
    const readState = () => ({ state: 'ready' as const, in_flight: { one: inFlight }, runners: [] });
    hub = new WatchHub({ clock, readState, onOpened: () => undefined, onClosed: () => undefined });
    server = createServer((_req, res) => hub.open('one', res)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.trimEnd().split('\n')) {
        const record = JSON.parse(line) as { type: string; in_flight: { one: number } };
        if (record.type === 'state') told.push(record.in_flight.one);
      }
    });
    await eventually(() => told.length === 1);
  });
  after(() => {
    hub.stop();
    answer.destroy();
    server.close();
  });

  const change = (to: number) => {
    inFlight = to;
    hub.announce();
  };

  it('tells the first change at once', async () => {
    change(1);
    clock.advance(0);
    await eventually(() => expect(told).to.deep.equal([0, 1]));
  });
  it('tells those that follow closely as one, ten milliseconds later', async () => {
    change(2);
    clock.advance(5);
    change(3);
    clock.advance(4);
    change(4);
    clock.advance(1);
    await eventually(() => expect(told).to.deep.equal([0, 1, 4]));
  });
  it('tells one that comes later at once again', async () => {
    clock.advance(50);
    change(5);
    clock.advance(0);
    await eventually(() => expect(told).to.deep.equal([0, 1, 4, 5]));
  });
  it('tells less often while changes go on, but every 40 ms at least', async () => {
    for (let ms = 1; ms <= 200; ms += 1) {
      clock.advance(1);
      change(5 + ms);
    }
    clock.advance(40);
    // After 10, 30 and 70 milliseconds, then every 40.
    await eventually(() => expect(told.slice(4)).to.deep.equal([14, 34, 74, 114, 154, 194, 205]));
  });
});
