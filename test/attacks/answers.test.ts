import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { RegisterResponse } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { type RawAnswer, sendRaw } from '../support/raw-http.js';
import { type AttackedFleet, JOIN_TOKEN, startAttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';

type Behave = (socket: Socket) => void;

const BODY = '{"model":"bait","response":"x","done":true}\n';
const whole = (headers: readonly string[]) =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n${headers.map((line) => `${line}\r\n`).join('')}content-length: ${BODY.length}\r\n\r\n${BODY}`;
const say =
  (text: string): Behave =>
  (socket) =>
    void socket.write(text, 'latin1');
const sayForever =
  (text: string): Behave =>
  (socket) => {
    const timer = setInterval(() => {
      if (socket.destroyed) clearInterval(timer);
      else socket.write(text);
    }, 5);
    socket.once('close', () => clearInterval(timer));
  };

/** What comes back, and what must not: by header, or as a status. */
const STRIPPED: Readonly<Record<string, readonly string[]>> = {
  'Set-Cookie': ['set-cookie: oc_session=evil', 'set-cookie: a=b'],
  'headers of one hop': [
    'connection: close, x-secret',
    'keep-alive: timeout=1',
    'proxy-authenticate: Basic',
    'upgrade: h2c',
    'te: trailers',
    'trailer: x',
  ],
  'headers for browsers': [
    'access-control-allow-origin: *',
    'access-control-allow-credentials: true',
    'refresh: 0; url=http://evil.example',
    'clear-site-data: "*"',
    'alt-svc: h2="evil.example"',
    'link: <http://evil.example>; rel=preload',
    'www-authenticate: Basic',
  ],
  'headers of the coordinator': ['x-coordinator-agent: evil', 'x-coordinator-why: evil', 'x-coordinator-handover: evil'],
};
const REFUSED: Readonly<Record<string, Behave>> = {
  'a bare CR in a header': say(whole(['x-a: b\rset-cookie: evil=1'])),
  'NUL in a header': say(whole(['x-a: b\0c'])),
  'a folded header': say(whole(['x-a: b', ' set-cookie: evil=1'])),
  'headers of 100 KB': say(whole([`x-a: ${'a'.repeat(100_000)}`])),
  '5,000 headers': say(whole(Array.from({ length: 5000 }, (_, index) => `x-${index}: ${'y'.repeat(20)}`))),
  'two lengths': say(`HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef`),
  'a length and chunks': say('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n'),
  'no HTTP': say('SSH-2.0-OpenSSH_9\r\n'),
  'status 0': say('HTTP/1.1 0 OK\r\ncontent-length: 0\r\n\r\n'),
  'a redirect': say('HTTP/1.1 302 Found\r\nlocation: http://evil.example/\r\ncontent-length: 0\r\n\r\n'),
  'another protocol': say('HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n'),
  'endless 1xx': sayForever('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'),
  'a header line without end': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nx-a: ');
    sayForever('a'.repeat(1000))(socket);
  },
  'nothing at all': () => undefined,
};

describeAttack('answers', 'an agent that is none, on a raw socket', (seen) => {
  let fleet: AttackedFleet;
  let key: string;
  let agent: Server;
  let behave: Behave = () => undefined;
  const sockets = new Set<Socket>();

  before(async () => {
    agent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
      socket.on('data', (bytes) => {
        if (/^POST \/api\/generate/.test(bytes.toString('latin1'))) behave(socket);
      });
    });
    await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
    fleet = await startAttackedFleet({
      agents: [],
      env: {
        COORDINATOR_FIRST_BYTE_TIMEOUT_MS: '1500',
        COORDINATOR_LOAD_TIMEOUT_MS: '100',
        COORDINATOR_STALL_TIMEOUT_MS: '1500',
        COORDINATOR_MAX_ATTEMPTS: '1',
        COORDINATOR_AGENT_TTL_MS: '600000',
      },
    });
    const registration = {
      agent_id: 'mallory',
      incarnation: 1,
      machine_name: 'mallory',
      ip_address: '127.0.0.1',
      port: (agent.address() as AddressInfo).port,
      join_token: JOIN_TOKEN,
      slots: 100,
    };
    const { token } = (await (await fleet.ask('POST', '/api/agents/register', undefined, registration)).json()) as RegisterResponse;
    const models = [{ name: 'bait:latest', digest: 'd', size_bytes: 1, modified_at: '' }];
    await fleet.ask('POST', '/api/health', token, { agent_id: 'mallory', incarnation: 1, sequence: 1, models_digest: 'd', models });
    ({ key } = await fleet.createKey());
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    agent.close();
    await fleet.close();
  });

  const ask = async (how: Behave): Promise<RawAnswer | undefined> => {
    behave = how;
    const body = '{"model":"bait","prompt":"x"}';
    const [answer] = await sendRaw(
      fleet.url,
      `POST /api/generate HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      { quietMs: 12_000 },
    );
    return answer;
  };

  for (const [name, headers] of Object.entries(STRIPPED)) {
    it(`${name} are stripped`, async () => {
      const answer = await ask(say(whole(headers)));
      expect(answer?.status, answer?.head).to.equal(200);
      expect(answer?.head.toLowerCase())
        .to.not.contain('evil')
        .and.not.match(/access-control|clear-site|refresh|h2c|trailers|basic/);
      seen('stripped');
    });
  }

  for (const [name, how] of Object.entries(REFUSED)) {
    it(name, async () => {
      const answer = await ask(how);
      expect(answer?.status, answer?.head).to.be.within(500, 504);
      expect(answer?.head).to.not.contain('evil');
      seen(answer?.status ?? 'closed');
    });
  }

  it('a record without end is cut off, and the coordinator serves on', async () => {
    const answer = await ask((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n');
      const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`;
      let left = 200;
      const more = () => {
        if (left > 0 && !socket.destroyed && socket.write(chunk)) setImmediate(more);
        else if (left > 0) socket.once('drain', more);
        else socket.destroy();
        left -= 1;
      };
      more();
    });
    expect(answer?.body.includes('"error"') || answer?.body === '' || !answer?.body.endsWith('"done":true}\n')).to.equal(true);
    seen('cut off');
    await eventually(async () => (await fleet.ask('GET', '/readyz')).ok);
  });
});
