import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { systemClock } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { createForwarding } from '#coordinator/forwarding/create-forwarding.js';
import type { AttemptResult } from '#coordinator/forwarding/forward-attempt.js';
import { PassOn } from '#coordinator/forwarding/pass-on.js';
import type { AgentRecord } from '#coordinator/registry/fleet-snapshot.js';
import { eventually } from '../../../support/eventually.js';

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

/** A client → forward → agent chain on real sockets; `results` holds how each attempt ended. */
async function startChain(stream: boolean, answer: Answer, { firstByteTimeoutMs = 5000, stallTimeoutMs = 5000 } = {}) {
  const agent = await listening(http.createServer(answer));
  const forwarding = createForwarding({ clock: systemClock });
  const results: AttemptResult[] = [];
  const coordinator = await listening(
    http.createServer(async (_req, res) => {
      const result = await forwarding.forward(res, {
        agent: { id: 'a', name: 'agent-a', address: agent.url } as AgentRecord,
        token: 'token',
        path: '/api/chat',
        stream,
        body: Buffer.from('{"model":"m"}'),
        requestId: 'r1',
        attempt: 1,
        evict: [],
        signature: 'm:latest',
        grantId: undefined,
        isWorking: undefined,
        contentType: 'application/json',
        accept: undefined,
        firstByteTimeoutMs,
        stallTimeoutMs,
        relay: new PassOn({ res, answerHeaders: { 'x-coordinator-agent': 'agent-a' } }),
        onFirstByte: () => {},
      });
      results.push(result);
      if (!res.headersSent) res.writeHead(599).end(result.kind);
      else if (result.kind === 'broken') res.end('{"error":"broken"}\n');
    }),
  );
  const close = () => {
    forwarding.close();
    for (const { server } of [agent, coordinator]) {
      server.closeAllConnections();
      server.close();
    }
  };
  return { url: coordinator.url, agent, results, close };
}

async function listening(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

for (const [kind, stream] of [
  ['a stream', true],
  ['an answer in one piece', false],
] as const)
  describe(`forward of ${kind}`, () => {
    const setUp = (answer: Answer, options?: Parameters<typeof startChain>[2]) => startChain(stream, answer, options);
    let chain: Awaited<ReturnType<typeof setUp>>;
    afterEach(() => chain.close());

    it('passes status, headers, body and its own headers on, without those of the hop', async () => {
      chain = await setUp((_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'a=b', 'keep-alive': 'timeout=9', 'x-mine': '1' });
        res.end('{"done":true}');
      });
      const response = await fetch(chain.url);
      expect(await response.text()).to.equal('{"done":true}');
      expect(Object.fromEntries(response.headers)).to.include({
        'content-type': 'application/json',
        'x-mine': '1',
        'x-coordinator-agent': 'agent-a',
      });
      expect(response.headers.has('set-cookie')).to.equal(false);
      expect(chain.results).to.have.nested.property('[0].kind', 'answered');
    });

    it('sends the body byte for byte with a length, the token and the routing headers', async () => {
      let seen: { headers: http.IncomingHttpHeaders; body: string } | undefined;
      chain = await setUp((req, res) => {
        let body = '';
        req.on('data', (chunk) => (body += chunk));
        req.on('end', () => {
          seen = { headers: req.headers, body };
          res.end('{}');
        });
      });
      await (await fetch(chain.url)).text();
      expect(seen?.body).to.equal('{"model":"m"}');
      expect(seen?.headers).to.include({
        'content-length': '13',
        authorization: 'Bearer token',
        'x-coordinator-signature': 'm:latest',
        'x-coordinator-request-id': 'r1',
      });
    });

    it('uses one connection for requests one after another', async () => {
      chain = await setUp((_req, res) => res.end('{}'));
      let connections = 0;
      chain.agent.server.on('connection', () => (connections += 1));
      for (let count = 0; count < 20; count += 1) await (await fetch(chain.url)).text();
      expect(connections).to.equal(1);
    });

    it('passes each record on as it comes', async () => {
      let next: (() => void) | undefined;
      chain = await setUp((_req, res) => {
        res.write('one\n');
        next = () => res.end('two\n');
      });
      const reader = (await fetch(chain.url)).body?.getReader();
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).to.equal('one\n');
      next?.();
      expect(Buffer.from((await reader?.read())?.value ?? []).toString()).to.equal('two\n');
    });

    it('keeps a 503 with the busy header from the client', async () => {
      chain = await setUp((_req, res) => res.writeHead(503, { 'x-agent-busy': 'slots' }).end('{"error":"busy"}'));
      expect((await fetch(chain.url)).status).to.equal(599);
      expect(chain.results).to.deep.equal([{ kind: 'busy' }]);
    });

    it('keeps an answer with status 500, to be shown if nobody does better', async () => {
      chain = await setUp((_req, res) => res.writeHead(500, { 'content-type': 'application/json' }).end('{"error":"no memory"}'));
      await (await fetch(chain.url)).text();
      const [result] = chain.results;
      expect(result).to.include({ kind: 'failed', reached: true });
      expect(result?.kind === 'failed' && result.answer?.body.toString()).to.equal('{"error":"no memory"}');
    });

    it("keeps an agent's refusal of the token from the client, as not reached", async () => {
      chain = await setUp((_req, res) => res.writeHead(401, { 'x-agent-error': 'BAD_AGENT_TOKEN' }).end('{"error":"token"}'));
      expect((await fetch(chain.url)).status).to.equal(599);
      expect(chain.results[0]).to.include({ kind: 'failed', reached: false });
    });

    it('counts a refused connection as not reached', async () => {
      chain = await setUp((_req, res) => res.end());
      chain.agent.server.close();
      await (await fetch(chain.url)).text();
      expect(chain.results[0]).to.include({ kind: 'failed', reached: false }).and.have.nested.property('error.code', 'AGENT_UNREACHABLE');
    });

    for (const [when, answer] of [
      ['before the headers', (_req, res) => res.socket?.destroy()],
      [
        'between headers and first byte',
        (_req, res) => {
          res.writeHead(200, { 'content-type': 'application/x-ndjson' });
          res.flushHeaders();
          setImmediate(() => res.socket?.destroy());
        },
      ],
    ] as readonly [string, Answer][]) {
      it(`leaves the client untouched when the agent dies ${when}`, async () => {
        chain = await setUp(answer);
        expect((await fetch(chain.url)).status).to.equal(599);
        expect(chain.results[0]).to.include({ kind: 'failed', reached: true }).and.have.nested.property('error.code', 'AGENT_FAILED');
      });
    }

    it('lets an error record follow when the agent dies after the first byte', async () => {
      chain = await setUp((_req, res) => {
        res.write('{"done":false}\n');
        setTimeout(() => res.socket?.destroy(), 20);
      });
      expect(await (await fetch(chain.url)).text()).to.equal('{"done":false}\n{"error":"broken"}\n');
      expect(chain.results[0]).to.include({ kind: 'broken', tail: '{"done":false}\n' });
    });

    it('takes an agent that falls silent within an answer for gone', async () => {
      let closed = false;
      chain = await setUp(
        (req, res) => {
          res.write('{"done":false}\n');
          req.socket.once('close', () => (closed = true));
        },
        { stallTimeoutMs: 100 },
      );
      expect(await (await fetch(chain.url)).text()).to.equal('{"done":false}\n{"error":"broken"}\n');
      expect(chain.results[0]).to.include({ kind: 'broken' });
      await eventually(() => closed);
    });

    it('waits on for an agent that says a little within each stall timeout', async () => {
      chain = await setUp(
        (_req, res) => {
          let left = 8;
          const timer = setInterval(() => {
            left -= 1;
            if (left > 0) res.write('a\n');
            else {
              clearInterval(timer);
              res.end('b\n');
            }
          }, 100);
        },
        { stallTimeoutMs: 400 },
      );
      expect(await (await fetch(chain.url)).text()).to.equal(`${'a\n'.repeat(7)}b\n`);
      expect(chain.results[0]).to.include({ kind: 'answered' });
    });

    it('closes the connection to the agent when the first byte does not come in time', async () => {
      let closed = false;
      chain = await setUp((req) => req.socket.once('close', () => (closed = true)), { firstByteTimeoutMs: 50 });
      await (await fetch(chain.url)).text();
      expect(chain.results[0]).to.have.nested.property('error.code', 'FIRST_BYTE_TIMEOUT');
      await eventually(() => closed);
    });

    for (const [when, begin] of [
      ['before the first byte', false],
      ['mid-stream', true],
    ] as const) {
      it(`closes the connection to the agent when the client leaves ${when}`, async () => {
        let closedMs: number | undefined;
        let asked = false;
        chain = await setUp((req, res) => {
          asked = true;
          if (begin) res.write('{"done":false}\n');
          req.socket.once('close', () => (closedMs = performance.now()));
        });
        const { port } = new URL(chain.url);
        const client = connect(Number(port), '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
        await eventually(() => asked);
        const leftMs = performance.now();
        client.destroy();
        await eventually(() => closedMs !== undefined);
        expect((closedMs ?? Number.NaN) - leftMs).to.be.below(250);
        await eventually(() => expect(chain.results).to.deep.equal([{ kind: 'client-left' }]));
      });
    }

    it('holds the agent back while the client does not read', async () => {
      const chunk = Buffer.alloc(65_536, 'x');
      let written = 0;
      chain = await setUp((_req, res) => {
        const write = () => {
          let takesMore = true;
          while (takesMore && written < 200_000_000) {
            takesMore = res.write(chunk);
            written += chunk.length;
          }
          res.once('drain', write);
        };
        write();
      });
      const { port } = new URL(chain.url);
      const client = connect(Number(port), '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
      client.pause();
      let last = -1;
      await eventually(
        () => {
          const stalled = written > 0 && written === last;
          last = written;
          return stalled;
        },
        { everyMs: 200 },
      );
      expect(written).to.be.below(50_000_000);
      client.destroy();
    });
  });
