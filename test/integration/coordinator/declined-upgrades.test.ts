import { expect } from 'chai';
import { sendRaw } from '../../support/raw-http.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

/** What Java's HTTP client, and `curl --http2`, send along with the first request of a connection. */
const OFFER = ['connection: Upgrade, HTTP2-Settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAAP__'];
const request = (first: string, ...headers: readonly string[]) => [first, 'host: localhost', ...headers, '', ''].join('\r\n');

describe('a client that offers to speak another protocol', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({ agents: [{ name: 'one', ollama: {} }] });
  });
  after(() => fleet.close());

  it('is answered in this one, as Ollama does, and its connection stays', async () => {
    const [first, second, ...others] = await sendRaw(fleet.url, [
      request('GET /api/version HTTP/1.1', ...OFFER),
      request('GET /api/tags HTTP/1.1'),
    ]);
    expect([first?.status, first?.body]).to.deep.equal([200, '{"version":"0.32.15"}']);
    expect(second?.status).to.equal(200);
    expect(others).to.deep.equal([]);
  });

  it('has its body read, also where that comes later or in chunks', async () => {
    const body = JSON.stringify({ model: 'tiny', prompt: 'hello q', stream: false, options: { num_predict: 3 } });
    const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const framings = { [`content-length: ${body.length}`]: body, 'transfer-encoding: chunked': chunked };
    for (const [framing, sent] of Object.entries(framings)) {
      const head = request('POST /api/generate HTTP/1.1', ...OFFER, framing);
      for (const pieces of [[head + sent], [head, sent.slice(0, 20), sent.slice(20)]]) {
        const [answer] = await sendRaw(fleet.url, pieces, { quietMs: 2000 });
        expect([answer?.status, answer?.body], framing).to.satisfy(
          ([status, text]: [number, string]) => status === 200 && /echo-q/.test(text),
        );
      }
    }
    const asked = fleet.agents[0]?.ollama?.requests.filter(({ path }) => path === '/api/generate') ?? [];
    expect(asked).to.have.lengthOf(4);
    expect(asked[0]?.headers).to.not.have.any.keys('upgrade', 'http2-settings');
  });

  it('is refused where it is a WebSocket that there is none of', async () => {
    const [answer] = await sendRaw(fleet.url, request('GET /api/tags HTTP/1.1', 'connection: Upgrade', 'upgrade: websocket'));
    expect(answer?.status).to.equal(404);
  });
});
