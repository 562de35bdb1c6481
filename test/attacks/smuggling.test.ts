import { expect } from 'chai';
import { sendRaw } from '../support/raw-http.js';
import type { AttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';
import { sharedFleet } from './support/shared-fleet.js';

const BODY = '{"model":"tiny","prompt":"outer","stream":false}';
/** The coordinator closes these connections itself, once it has answered. */
const UNTIL_CLOSED_MS = 10_000;
const INNER = 'DELETE /api/delete HTTP/1.1\r\nhost: x\r\ncontent-length: 17\r\n\r\n{"model":"tiny"} ';

describeAttack('smuggling', 'two requests that look like one, on raw sockets', (seen) => {
  let fleet: AttackedFleet;
  let key: string;

  before(async () => {
    fleet = await sharedFleet();
    ({ key } = await fleet.createKey({ scopes: ['infer'] }));
  });

  const received = () =>
    fleet.agents.flatMap(({ ollama }) => ollama?.requests ?? []).filter(({ method }) => method !== 'GET' && method !== 'HEAD');
  /** Requests are written before there is a key; sending puts it in. */
  const KEY_GOES_HERE = '<key>';
  const head = (lines: readonly string[]) => [...lines, `authorization: Bearer ${KEY_GOES_HERE}`, '', ''].join('\r\n');
  /** The statuses of all answers, and what the upstreams received meanwhile. */
  const send = async (request: string, quietMs = 250) => {
    const before = received().length;
    const answers = await sendRaw(fleet.url, request.replaceAll(KEY_GOES_HERE, key), { quietMs });
    const upstream = received().slice(before);
    expect(upstream.filter(({ path }) => path !== '/api/generate').map(({ path }) => path)).to.deep.equal([]);
    return { statuses: answers.map(({ status }) => status), upstream: upstream.length };
  };

  const refusals: Record<string, string> = {
    'Content-Length and Transfer-Encoding':
      head(['POST /api/generate HTTP/1.1', 'host: x', `content-length: ${BODY.length}`, 'transfer-encoding: chunked']) +
      `0\r\n\r\n${INNER}`,
    'two Content-Lengths':
      head(['POST /api/generate HTTP/1.1', 'host: x', 'content-length: 4', `content-length: ${BODY.length}`]) + BODY + INNER,
    'a list of Content-Lengths': head(['POST /api/generate HTTP/1.1', 'host: x', `content-length: 4, ${BODY.length}`]) + BODY + INNER,
    'a signed Content-Length': head(['POST /api/generate HTTP/1.1', 'host: x', `content-length: +${BODY.length}`]) + BODY,
    'a negative Content-Length': head(['POST /api/generate HTTP/1.1', 'host: x', 'content-length: -1']) + BODY,
    'a hexadecimal Content-Length': head(['POST /api/generate HTTP/1.1', 'host: x', 'content-length: 0x30']) + BODY,
    'an unknown Transfer-Encoding': head(['POST /api/generate HTTP/1.1', 'host: x', 'transfer-encoding: xchunked']) + INNER,
    'chunked twice': head(['POST /api/generate HTTP/1.1', 'host: x', 'transfer-encoding: chunked, chunked']) + `0\r\n\r\n${INNER}`,
    'chunked, then identity':
      head(['POST /api/generate HTTP/1.1', 'host: x', 'transfer-encoding: chunked, identity']) + `0\r\n\r\n${INNER}`,
    'a space before the colon': head(['POST /api/generate HTTP/1.1', 'host: x', `content-length : ${BODY.length}`]) + BODY,
    'a folded header': head(['POST /api/generate HTTP/1.1', 'host: x', 'x-a: b', ' content-length: 5']) + BODY,
    'a header with NUL': head(['POST /api/generate HTTP/1.1', 'host: x', 'x-a: b\0c', `content-length: ${BODY.length}`]) + BODY,
    'a header with a bare CR':
      head(['POST /api/generate HTTP/1.1', 'host: x', `x-a: b\rcontent-length: 5`, `content-length: ${BODY.length}`]) + BODY,
    'a chunk size that is none':
      head(['POST /api/generate HTTP/1.1', 'host: x', 'transfer-encoding: chunked']) + `zz\r\n${BODY}\r\n0\r\n\r\n`,
    'a chunk size too large':
      head(['POST /api/generate HTTP/1.1', 'host: x', 'transfer-encoding: chunked']) + `fffffffffffffffff\r\n${BODY}`,
    'two Hosts': head(['POST /api/generate HTTP/1.1', 'host: x', 'host: y', `content-length: ${BODY.length}`]) + BODY,
    'two Hosts with an upgrade':
      head(['POST /api/generate HTTP/1.1', 'host: x', 'host: y', 'connection: upgrade', 'upgrade: h2c', `content-length: ${BODY.length}`]) +
      BODY,
    'two Hosts for a WebSocket': head(['GET /ws/dashboard HTTP/1.1', 'host: x', 'host: y', 'connection: upgrade', 'upgrade: websocket']),
    'an absolute-form URL': head(['POST http://evil.example/api/generate HTTP/1.1', 'host: x', `content-length: ${BODY.length}`]) + BODY,
    'no Host': head(['POST /api/generate HTTP/1.1', `content-length: ${BODY.length}`]) + BODY,
    'an unknown version': head(['POST /api/generate HTTP/3.0', 'host: x', `content-length: ${BODY.length}`]) + BODY,
    'bare line feeds': head(['POST /api/generate HTTP/1.1', 'host: x', `content-length: ${BODY.length}`]).replaceAll('\r\n', '\n') + BODY,
    'HTTP/2 with prior knowledge': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    CONNECT: head(['CONNECT 127.0.0.1:6379 HTTP/1.1', 'host: 127.0.0.1:6379']),
  };
  for (const [name, request] of Object.entries(refusals)) {
    it(name, async () => {
      const { statuses, upstream } = await send(request);
      expect(
        // Never for want of a key: that would be no refusal of what is tried.
        statuses.every((status) => status >= 400 && status !== 401),
        `answered ${statuses.join(', ')}`,
      ).to.equal(true);
      expect(upstream).to.equal(0);
      seen(statuses[0] ?? 'connection closed');
    });
  }

  /** What is sent upstream, and answered, once. */
  const singles: Record<string, string> = {
    'a chunked body':
      head(['POST /api/generate HTTP/1.1', 'host: x', 'transfer-encoding: chunked', 'connection: close']) +
      `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`,
    'headers of one hop, and those that name more of them':
      head([
        'POST /api/generate HTTP/1.1',
        'host: x',
        `content-length: ${BODY.length}`,
        'connection: close, authorization, content-length',
        'keep-alive: x',
        'te: trailers',
        'proxy-authorization: y',
      ]) + BODY,
    'an upgrade to h2c':
      head([
        'POST /api/generate HTTP/1.1',
        'host: x',
        `content-length: ${BODY.length}`,
        'connection: upgrade, http2-settings, close',
        'upgrade: h2c',
        'http2-settings: AAMAAABkAAQAAP__',
      ]) + BODY,
    Expect:
      head(['POST /api/generate HTTP/1.1', 'host: x', `content-length: ${BODY.length}`, 'expect: 100-continue', 'connection: close']) +
      BODY,
  };
  for (const [name, request] of Object.entries(singles)) {
    it(name, async () => {
      const { statuses, upstream } = await send(request, UNTIL_CLOSED_MS);
      expect(upstream).to.equal(1);
      expect(statuses.filter((status) => status >= 200)).to.deep.equal([200]);
      seen('one request upstream');
    });
  }

  it('chunked DELETE and OPTIONS with a request for a body', async () => {
    for (const method of ['DELETE', 'OPTIONS']) {
      const body = `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`;
      const { statuses, upstream } = await send(
        head([`${method} /api/delete HTTP/1.1`, 'host: x', 'transfer-encoding: chunked', 'connection: close']) + body,
      );
      expect(upstream).to.equal(0);
      expect(statuses).to.have.length(1);
      expect(statuses[0]).to.be.at.least(400);
      seen(statuses[0] ?? 'closed');
    }
  });
});
