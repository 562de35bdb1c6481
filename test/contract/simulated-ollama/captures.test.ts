import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { instant, PROFILES, type SimulatedOllama, startSimulatedOllama } from '../../support/simulated-ollama/index.js';
import { comparable, keysInOrder } from './compare-bodies.js';
import { type Capture, parseCaptures } from './parse-captures.js';
import { NOT_REPLAYED, RECORDED_BLOB, REPLAYED_BLOB, replayOf } from './requests.js';

const FILE = new URL('../../../fixtures/ollama/captures.txt', import.meta.url);
const { captures, notes } = parseCaptures(readFileSync(FILE, 'utf8'));

/** Headers that another run, or Node's own server, makes different. */
const FREE_HEADERS = new Set(['content-length', 'transfer-encoding', 'date']);

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('simulated Ollama, held to what was recorded of Ollama 0.32.15', () => {
  let sim: SimulatedOllama;

  before(async () => {
    sim = await startSimulatedOllama({ models: [PROFILES.slow, PROFILES['tiny-embed'], PROFILES.tiny].map(instant) });
    await post('/api/embed', { model: 'tiny-embed', input: 'hi' });
  });

  after(() => sim.close());

  async function post(path: string, body: unknown): Promise<void> {
    await (await fetch(sim.url + path, { method: 'POST', body: JSON.stringify(body) })).text();
  }

  async function replay(capture: Capture): Promise<Answer> {
    const { body, rawBody, headers } = replayOf(capture) ?? {};
    const path = capture.path.replace(RECORDED_BLOB, `sha256:${createHash('sha256').update(REPLAYED_BLOB).digest('hex')}`);
    const payload = Buffer.from(rawBody ?? (body === undefined ? '' : JSON.stringify(body)));
    const sent = request(sim.url, { path, method: capture.method, headers: { 'content-length': payload.length, ...headers } });
    sent.end(payload);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }

  for (const capture of captures) {
    it(capture.name, async () => {
      expect(replayOf(capture), 'a request for this capture, in requests.ts').to.not.equal(undefined);
      const answer = await replay(capture);
      expect(answer.status).to.equal(statusOf(capture));
      expect(namedHeaders(answer.headers)).to.deep.equal(namedHeaders(capture.headers));
      expect('transfer-encoding' in answer.headers, 'chunked').to.equal('transfer-encoding' in capture.headers);
      compareBody(capture, answer.body);
    });
  }

  it('names every line of the file that is not replayed', () => {
    expect(notes).to.deep.equal(Object.keys(NOT_REPLAYED));
    expect(captures.length).to.equal(124);
  });
});

/** The recorder's blob was there before; the first upload of a new one is a 201. */
function statusOf(capture: Capture): number {
  return capture.label === 'blob post' ? 201 : capture.status;
}

function namedHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !FREE_HEADERS.has(name)));
}

function compareBody(capture: Capture, body: string): void {
  const length = Number(capture.headers['content-length'] ?? Buffer.byteLength(capture.body));
  const isCut = capture.method !== 'HEAD' && (length > Buffer.byteLength(capture.body) || !isWhole(capture));
  const contentType = capture.headers['content-type'];
  if (!isCut) expect(comparable(body, contentType)).to.deep.equal(comparable(capture.body, contentType));
  else {
    const recorded = keysInOrder(capture.body);
    expect(recorded.length).to.be.greaterThan(0);
    expect(keysInOrder(body).slice(0, recorded.length)).to.deep.equal(recorded);
  }
}

/** Whether a chunked body was recorded to its end. */
function isWhole({ body, headers }: Capture): boolean {
  if (!('transfer-encoding' in headers)) return true;
  return /(\n|[^"]\})$/.test(body) && !/\[\d+(,\d+)*$/.test(body);
}
