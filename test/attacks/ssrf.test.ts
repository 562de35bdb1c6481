import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { ADMIN_KEY, type AttackedFleet, JOIN_TOKEN, startAttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';

const METADATA = [
  '169.254.169.254',
  '169.254.1.1',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::]',
  '[::a9fe:a9fe]',
  '::ffff:169.254.169.254',
  '[fe80::1]',
  'fe80::1%eth0',
  '[fd00:ec2::254]',
  '100.100.100.200',
  '168.63.129.16',
  '0.0.0.0',
  '0',
  '[::]',
  '224.0.0.1',
  '255.255.255.255',
  '[ff02::1]',
];
const LOOPBACK = [
  '127.0.0.1',
  'localhost',
  'localhost.',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.255.255.254',
  '[::1]',
  '::1',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]',
];

describeAttack('ssrf', 'an agent that says that it listens where it should not', (seen) => {
  let fleet: AttackedFleet;
  let canary: Server;
  let port: number;
  let hits = 0;
  /** This machine as others see it, so that the coordinator takes whoever comes from there for somebody else. */
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address;

  before(async () => {
    canary = createServer((_req, res) => {
      hits += 1;
      res.writeHead(302, { location: '/again' }).end();
    });
    await new Promise<void>((resolve) => canary.listen(0, () => resolve()));
    ({ port } = canary.address() as AddressInfo);
    fleet = await startAttackedFleet({ env: { COORDINATOR_HOST: '0.0.0.0' }, agents: [] });
  });
  after(async () => {
    canary.close();
    await fleet.close();
  });

  const register = (ip: string, url = fleet.url) =>
    fetch(`${url}/api/agents/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ agent_id: 'ssrf', incarnation: 1, machine_name: 'ssrf', ip_address: ip, port, join_token: JOIN_TOKEN }),
    });

  for (const address of METADATA) {
    it(address, async () => {
      expect((await register(address)).status).to.equal(400);
      seen(400);
    });
  }

  for (const address of LOOPBACK) {
    it(`${address}, said by another machine`, async function () {
      if (outside === undefined) this.skip();
      expect((await register(address, fleet.url.replace('127.0.0.1', outside))).status).to.equal(400);
      seen(400);
    });
  }

  for (const address of ['a b', 'user@127.0.0.1', 'x/../y', 'http://x', '127.0.0.1:80#', 'x?y', '[::1', '']) {
    it(`what is no address: ${JSON.stringify(address)}`, async () => {
      expect((await register(address)).status).to.equal(400);
      seen(400);
    });
  }

  it('nothing was registered, and the canary got nothing', async () => {
    expect(await fleet.listAgents()).to.deep.equal([]);
    expect(hits).to.equal(0);
    seen('canary: 0 hits');
  });

  it('an answer that redirects is not followed', async () => {
    // On this machine, so that it may listen on loopback.
    const answer = await register('127.0.0.1');
    expect(answer.status).to.equal(200);
    const { token } = (await answer.json()) as { token: string };
    const models = [{ name: 'bait:latest', digest: 'd', size_bytes: 1, modified_at: '' }];
    await fleet.ask('POST', '/api/health', token, { agent_id: 'ssrf', incarnation: 1, sequence: 1, models_digest: 'd', models });
    const redirected = await fleet.ask('POST', '/api/generate', ADMIN_KEY, { model: 'bait', prompt: 'x', stream: false });
    expect(redirected.headers.get('location')).to.equal(null);
    expect(redirected.status).to.be.at.least(500);
    seen(redirected.status);
  });
});
