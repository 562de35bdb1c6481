import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { COORDINATOR_SERVICE, openMdns, silentLogger, systemClock } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { findCoordinators } from '#agent/discover/find-coordinators.js';
import { tellNetwork } from '#coordinator/discovery/tell-network.js';
import { eventually } from '../support/eventually.js';

/** The one network that every machine has to itself. */
const HERE = { addresses: ['127.0.0.1'] };

describe('coordinators that let themselves be found', function () {
  this.timeout(30_000);
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  const tell = async (discovery: string, url = 'http://0.0.0.0:8080') => {
    const stop = await tellNetwork({ config: { discovery, host: '0.0.0.0' }, url, clock: systemClock, log: silentLogger, ...HERE });
    stops.push(stop);
    return stop;
  };
  const find = () => findCoordinators({ clock: systemClock, ...HERE });
  /** Other programs of this machine may be told of as well. */
  const found = async (port: number) => (await find()).filter(({ url }) => url.endsWith(`:${port}`)).map(({ url }) => url);

  it('are found, each with its address', async () => {
    await tell('on', 'http://0.0.0.0:48101');
    await tell('on', 'https://0.0.0.0:48102');
    const all = await find();
    expect(all.find(({ url }) => url === 'http://127.0.0.1:48101')?.name).to.match(/\(port 48101\)$/);
    expect(all.map(({ url }) => url)).to.include.members(['http://127.0.0.1:48101', 'https://127.0.0.1:48102']);
  });

  it('tell the address that they were told to tell', async () => {
    await tell('https://ollama.example:48103', 'http://0.0.0.0:48104');
    expect(await found(48103)).to.deep.equal(['https://ollama.example:48103']);
  });

  it('are not found while that is off, nor after their end', async () => {
    await tell('off', 'http://0.0.0.0:48105');
    const stop = await tell('on', 'http://0.0.0.0:48105');
    expect(await found(48105)).to.have.lengthOf(1);
    await stop();
    expect(await found(48105)).to.deep.equal([]);
  });

  it('answer a flood of questions once a second', async () => {
    await tell('on', 'http://0.0.0.0:48106');
    let answers = 0;
    const mdns = await openMdns({
      ...HERE,
      onRecords: (records) => {
        if (records.some(({ type, name }) => type === 'SRV' && name.includes('48106'))) answers += 1;
      },
    });
    stops.push(() => mdns.close());
    for (let count = 0; count < 200; count += 1) for (const link of mdns.links) link.ask(COORDINATOR_SERVICE);
    await eventually(() => answers > 0);
    expect(answers).to.be.at.most(2);
  });

  it('go on where packets are no DNS at all', async () => {
    await tell('on', 'http://0.0.0.0:48107');
    const socket = createSocket('udp4');
    stops.push(async () => void socket.close());
    socket.bind(0);
    await once(socket, 'listening');
    for (let size = 0; size < 300; size += 1) socket.send(Buffer.alloc(size, 0xff - size), 5353, '127.0.0.1');
    expect(await found(48107)).to.have.lengthOf(1);
  });
});
