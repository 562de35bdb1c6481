import { once } from 'node:events';
import { Agent, createServer, type RequestListener, request } from 'node:http';
import http2, { type ClientHttp2Session } from 'node:http2';
import { silentLogger, systemClock, systemRandom, TUNNEL_PATH, TunnelSocket } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { AgentTunnel, type AgentTunnelDeps } from '#agent/tunnel/agent-tunnel.js';
import { eventually } from '../../../support/eventually.js';
import { listenOnLoopback } from '../../../support/listen-on-loopback.js';

/** The coordinator's end of a tunnel, without a coordinator. */
describe('AgentTunnel', () => {
  const stops: (() => unknown)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  async function openTunnel(answer: RequestListener = (_request, response) => response.end('the agent')): Promise<ClientHttp2Session> {
    const coordinator = createServer();
    const webSockets = new WebSocketServer({ server: coordinator, path: TUNNEL_PATH });
    const listening = await listenOnLoopback(coordinator);
    const server = createServer(answer);
    const deps: AgentTunnelDeps = {
      coordinatorUrl: `http://127.0.0.1:${listening.port}`,
      pool: new Agent(),
      server,
      readToken: () => 'a token',
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
      onUnknown: () => undefined,
    };
    const tunnel = new AgentTunnel(deps);
    tunnel.start();
    const [webSocket] = await once(webSockets, 'connection');
    const connection = createWebSocketStream(webSocket);
    const session = http2.connect('http://agent', { createConnection: () => connection });
    session.on('error', () => undefined);
    stops.push(
      () => listening.close(),
      () => webSockets.close(),
      () => session.destroy(),
      () => tunnel.stop(),
    );
    return session;
  }

  const openStream = (session: ClientHttp2Session) => session.request({ ':method': 'CONNECT', ':authority': 'agent' });

  const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = http2.constants;
  const words = 'GET /api/version HTTP/1.1\r\nhost: agent\r\n\r\n';
  for (const [when, code, said] of [
    ['as soon as they are opened', NGHTTP2_CANCEL, ''],
    ['as soon as they are opened, without an error', NGHTTP2_NO_ERROR, ''],
    ['with their first bytes, without an error', NGHTTP2_NO_ERROR, words],
  ] as const) {
    it(`survives connections that are given up ${when}`, () => giveUp(code, said));
  }

  async function giveUp(code: number, said: string): Promise<void> {
    const session = await openTunnel();
    for (let round = 0; round < 20; round += 1) {
      const streams = Array.from({ length: 20 }, () => openStream(session).on('error', () => undefined));
      for (const stream of streams) if (said !== '') stream.write(said);
      // The requests leave with the turn's end, and what gives them up with them.
      await new Promise((resolve) => process.nextTick(resolve));
      for (const stream of streams) stream.close(code);
    }
    const asked = request({ createConnection: () => new TunnelSocket(openStream(session)) as never }).end();
    const [response] = await once(asked, 'response');
    expect(response.statusCode).to.equal(200);
    response.resume();
  }

  it('closes what was given up while something was being written to it', async () => {
    let closed = 0;
    const session = await openTunnel((_request, response) => {
      const writing = setInterval(() => response.write('{"a":"record"}\n'), 1);
      response.once('close', () => {
        clearInterval(writing);
        closed += 1;
      });
    });
    const count = 400;
    const leave = async (turns: number) => {
      const socket = new TunnelSocket(openStream(session).on('error', () => undefined));
      const asked = request({ createConnection: () => socket as never }).end();
      const [response] = await once(asked, 'response');
      asked.on('error', () => undefined);
      response.on('error', () => undefined);
      await once(response, 'data');
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      response.destroy();
    };
    await Promise.all(Array.from({ length: count }, (_, index) => leave(index % 40)));
    await eventually(() => expect(closed).to.equal(count), { withinMs: 3000 });
  });
});
