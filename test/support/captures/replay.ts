import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { comparable, keysInOrder } from './compare-bodies.js';
import { type Capture, parseCaptures } from './parse-captures.js';
import { RECORDED_BLOB, REPLAYED_BLOB, replayOf } from './requests.js';

const FILE = new URL('../../../fixtures/ollama/captures.txt', import.meta.url);

/** What was recorded of Ollama 0.32.15. */
export const { captures, notes } = parseCaptures(readFileSync(FILE, 'utf8'));

/** Headers that another run, or Node's own server, makes different. */
const FREE_HEADERS = /^(content-length|transfer-encoding|date|connection|keep-alive|x-coordinator-.*)$/;

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Sends the request of a capture to another server. */
export async function replay(url: string, capture: Capture): Promise<Answer> {
  const replayed = replayOf(capture);
  expect(replayed, 'a request for this capture, in requests.ts').to.not.equal(undefined);
  const { body, rawBody, headers } = replayed ?? {};
  const path = capture.path.replace(RECORDED_BLOB, `sha256:${createHash('sha256').update(REPLAYED_BLOB).digest('hex')}`);
  const payload = Buffer.from(rawBody ?? (body === undefined ? '' : JSON.stringify(body)));
  const sent = request(url, { path, method: capture.method, headers: { 'content-length': payload.length, ...headers } });
  sent.end(payload);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** Holds an answer against the recorded one: status, named headers, the shape of the body and its sentences. */
export function expectAsRecorded(capture: Capture, answer: Answer): void {
  expect(answer.status).to.equal(statusOf(capture));
  expect(namedHeaders(answer.headers)).to.deep.equal(namedHeaders(capture.headers));
  compareBody(capture, answer.body);
}

/** The recorder's blob was there before; the first upload of a new one is a 201. */
function statusOf(capture: Capture): number {
  return capture.label === 'blob post' ? 201 : capture.status;
}

function namedHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const named = Object.entries(headers).filter(([name]) => !FREE_HEADERS.test(name));
  return Object.fromEntries(named.map(([name, value]) => [name, value]));
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
