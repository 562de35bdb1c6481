import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import {
  AppError,
  COORDINATOR_SERVICE,
  goJsonError,
  healthCheckRequestSchema,
  isDeeper,
  normalizeModelName,
  parseGoJson,
  parseJoinLink,
  parseModelName,
  registerRequestSchema,
  replaceJsonValue,
  seededRandom,
  systemClock,
  watchRecordSchema,
} from '@ollama-coordinator/common';
import { expect } from 'chai';
import { readFound } from '#agent/discover/read-found.js';
import { findForwardRoute } from '#agent/server/forward-routes.js';
import { parseRange } from '#agent/transfer/parse-range.js';
import { parseManifest } from '#agent/transfer/stored-model.js';
import { readFeed } from '#agent/update/read-feed.js';
import { readStoredKey } from '#coordinator/credentials/api-key.js';
import { createSessions } from '#coordinator/credentials/sessions.js';
import { loadSigningKey } from '#coordinator/credentials/signing-key.js';
import { createTokens } from '#coordinator/credentials/tokens.js';
import { finalFigures } from '#coordinator/forwarding/stream-end.js';
import { bearerOf } from '#coordinator/http/authenticate.js';
import { isLocalHostHeader } from '#coordinator/http/loopback.js';
import { matchRoute } from '#coordinator/http/match-route.js';
import { createPeer } from '#coordinator/http/peer.js';
import { readSessionCookie } from '#coordinator/http/session-cookie.js';
import { parseAgentsChoice } from '#coordinator/jobs/parse-agents-choice.js';
import { plainAddress } from '#coordinator/reach/plain-address.js';
import { parseHeartbeat } from '#coordinator/registry/agent-hash.js';
import { createLineReader, parseRecord } from '#coordinator/registry/agent-watch.js';
import { agentAddress } from '#coordinator/registry/identify-agent.js';
import { multipartFields } from '#coordinator/routing/multipart-fields.js';
import { parseJsonBody } from '#coordinator/routing/parse-json-body.js';
import { promptPrefix } from '#coordinator/routing/prompt-prefix.js';
import { readTunnelHost } from '#coordinator/tunnel/tunnel-address.js';
import { eventually } from '../support/eventually.js';
import { CLUSTER_SECRET } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';
import { sharedFleet } from './support/shared-fleet.js';

const isFull = process.env.ATTACKS_FULL !== undefined;
const INPUTS = Number(process.env.FUZZ_INPUTS ?? (isFull ? 1_000_000 : 60_000));
const CONNECTIONS = isFull ? 20_000 : 600;
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const MOST_GROWTH_MB = 64;

/** Well-formed examples, from which inputs are made by breaking them. */
const CORPUS = [
  '{"model":"tiny","messages":[{"role":"user","content":"hello \\u00e9 \\"x\\""}],"options":{"num_ctx":4096},"stream":true}',
  '{"agent_id":"a","incarnation":1,"sequence":2,"runners":[{"model":"m","signature":"m","state":"ready"}],"metrics":{"cpu":0.5,"gpus":[{"load":1}]}}',
  '{"machine_name":"m","ip_address":"10.0.0.1","port":1,"labels":{"a":"b"},"join_token":"x"}',
  '{"type":"state","sequence":1,"state":"ready","in_flight":{},"runners":[]}',
  '{"name":"k","scopes":["infer"],"models":["a*"],"created_at":"2026-01-01","version":1}',
  '{"schemaVersion":2,"config":{"digest":"sha256:0","size":1},"layers":[{"digest":"sha256:0","size":5}]}',
  '{"model":"m","done":true,"total_duration":1,"eval_count":5,"prompt_eval_count":3}\n',
  'data: {"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":1}}\n\ndata: [DONE]\n\n',
  '--b\r\ncontent-disposition: form-data; name="model"\r\n\r\ntiny\r\n--b--\r\n',
  '/api/chat',
  '/v1/models/library%2Ftiny:latest',
  '/api/blobs/sha256:0000',
  'registry.ollama.ai/library/llama3.2:3b-instruct-q4_K_M',
  'Bearer oc_0123456789',
  'eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJvbGxhbWEtY29vcmRpbmF0b3IifQ.AAAA',
  '10.0.0.1, ::ffff:127.0.0.1, fe80::1%eth0, [2001:db8::1]:80',
  'bytes=0-99',
  'oc_session=0123456789abcdef.key-1.1795824000000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; theme=dark',
  'x6f6e65.x687474703a2f2f31302e302e302e353a38303830.tunnel.invalid',
  '{"payload":"{\\"version\\":\\"1.0.0\\",\\"files\\":{}}","signature":"AAAA"}',
  'url=http://192.168.1.10:8080/',
  'http://10.0.0.5:8080/join#token=oj_0123456789',
  'gpu-1, room=lab, 2',
];
const TOKENS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  ':',
  ',',
  '\0',
  '\r\n',
  '%',
  '..',
  '/',
  '\u2028',
  '\ud800',
  '-',
  '1e999',
  'null',
  '__proto__',
  '\\u',
  'A'.repeat(300),
  '[['.repeat(200),
  '0'.repeat(400),
];

describeAttack('fuzz', `${INPUTS} inputs over the parsers, seed ${SEED}`, function (seen) {
  this.timeout(3_600_000);
  const random = seededRandom(SEED);
  const below = (count: number) => Math.floor(random() * count);
  const peer = createPeer(['10.0.0.0/8']);
  const signingKey = loadSigningKey({ clusterSecret: CLUSTER_SECRET, dataDir: '' });
  const tokens = createTokens({ signingKey, replicaId: 'r', clock: systemClock });
  const sessions = createSessions({ signingKey, clock: systemClock });
  const feedTrust = { feedUrl: 'https://releases.example/feed.json', publicKey: 'A'.repeat(43), platform: 'linux-x64' };
  const asRequest = (text: string, extra: object = {}) =>
    ({
      headers: { authorization: text, 'x-forwarded-for': text, cookie: text, ...extra },
      socket: { remoteAddress: '10.0.0.1' },
    }) as unknown as IncomingMessage;
  const parsed = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };

  const PARSERS: Readonly<Record<string, (text: string, bytes: Buffer) => unknown>> = {
    parseGoJson,
    goJsonError,
    parseJsonBody: (_text, bytes) => parseJsonBody(bytes, 'ollama'),
    isDeeper: (_text, bytes) => isDeeper(bytes, 10),
    replaceJsonValue: (text, bytes) =>
      isObject(parsed(text)) ? JSON.parse(replaceJsonValue(bytes, ['options', 'num_ctx'], '1').toString()) : undefined,
    promptPrefix: (_text, bytes) => promptPrefix(bytes),
    multipartFields: (_text, bytes) => multipartFields(bytes, 'multipart/form-data; boundary=b'),
    registerRequestSchema: (text) => registerRequestSchema.safeParse(parsed(text)),
    healthCheckRequestSchema: (text) => healthCheckRequestSchema.safeParse(parsed(text)),
    watchRecordSchema: (text) => watchRecordSchema.safeParse(parsed(text)),
    parseHeartbeat,
    parseRecord,
    createLineReader: (_text, bytes) => createLineReader(() => undefined)(bytes),
    readStoredKey,
    parseManifest: (_text, bytes) => parseManifest({ host: 'h', namespace: 'n', model: 'm', tag: 't' }, bytes),
    finalFigures,
    parseModelName,
    normalizeModelName,
    matchRoute: (text) => matchRoute('GET', text),
    findForwardRoute: (text) => findForwardRoute('POST', text),
    bearerOf: (text) => bearerOf(asRequest(text, { upgrade: 'websocket', 'sec-websocket-protocol': text })),
    tokens: (text) => tokens.read(text),
    peer: (text) => peer.address(asRequest(text)),
    plainAddress,
    agentAddress: (text) => agentAddress(text, 11435),
    parseRange: (text) => parseRange(text, 1000),
    sessions: (text) => sessions.read(readSessionCookie(asRequest(text), false) ?? text),
    isLocalHostHeader,
    readTunnelHost,
    parseAgentsChoice,
    parseJoinLink,
    readFeed: (text) => readFeed(text, feedTrust),
    readFound: (text) =>
      readFound([
        { type: 'PTR', name: COORDINATOR_SERVICE, ttl: 1, data: `${text}.${COORDINATOR_SERVICE}` },
        { type: 'TXT', name: `${text}.${COORDINATOR_SERVICE}`, ttl: 1, data: [text] },
      ]),
  };

  /** A well-formed text, broken in a few places. */
  function makeInput(): string {
    let text = CORPUS[below(CORPUS.length)] ?? '';
    for (let changes = below(6); changes >= 0; changes -= 1) {
      const at = below(text.length + 1);
      const kind = below(5);
      if (kind === 0) text = text.slice(0, at) + text.slice(at + 1 + below(8));
      else if (kind === 1) text = text.slice(0, at) + (TOKENS[below(TOKENS.length)] ?? '') + text.slice(at);
      else if (kind === 2) text = text.slice(0, at) + String.fromCharCode(below(0x10000)) + text.slice(at + 1);
      else if (kind === 3) text = text.slice(0, at) + text.slice(below(text.length + 1), below(text.length + 1)) + text.slice(at);
      else text = text.slice(0, at);
    }
    return text.slice(0, 4096);
  }

  it('none of them throws what is no refusal, and memory is flat', () => {
    const names = Object.keys(PARSERS);
    let halfMb = 0;
    for (let count = 0; count < INPUTS; count += 1) {
      const text = makeInput();
      const name = names[count % names.length] ?? '';
      try {
        PARSERS[name]?.(text, Buffer.from(text));
      } catch (error) {
        if (!(error instanceof AppError)) throw new Error(`${name} threw at ${JSON.stringify(text)}: ${String(error)}`, { cause: error });
      }
      if (count === Math.floor(INPUTS / 2)) halfMb = settledHeapMb();
    }
    const growth = settledHeapMb() - halfMb;
    expect(growth).to.be.below(MOST_GROWTH_MB);
    seen(`${INPUTS} inputs, 0 uncaught, memory ${growth < 0 ? '' : '+'}${growth.toFixed(0)} MB in the second half`);
  });

  it('connections with broken requests and upgrades leave the programs as they were', async () => {
    const fleet = await sharedFleet();
    const agents = await fleet.listAgents();
    const ports = [fleet.url, ...agents.map(({ address }) => address)].map((url) => Number(new URL(url).port));
    const pids = [...fleet.coordinators, ...fleet.agents].map(({ program }) => program.pid);
    const send = (port: number) =>
      new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1');
        const timer = setTimeout(() => socket.destroy(), 150 + below(150));
        socket.on('error', () => undefined);
        socket.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        socket.resume();
        const key = 'dGhlIHNhbXBsZSBub25jZQ==';
        const upgrade = `GET /ws/dashboard HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\nauthorization: Bearer attacked-admin-key-0123456789\r\n\r\n`;
        const offer = `POST /api/chat HTTP/1.1\r\nhost: x\r\nconnection: ${makeInput()}, upgrade\r\nupgrade: h2c\r\nhttp2-settings: AAAA\r\ncontent-length: ${below(99)}\r\n\r\n`;
        const frames = Buffer.from(Array.from({ length: below(64) }, () => below(256)));
        const broken = makeInput();
        const post = (path: string) => `POST ${path} HTTP/1.1\r\nhost: x\r\nx-a: ${broken}\r\ncontent-length: ${below(99)}\r\n\r\n`;
        const text = [upgrade, offer, post('/api/chat'), post(broken)][below(4)] ?? '';
        socket.write(Buffer.concat([Buffer.from(below(4) === 0 ? text.replace(/ .|: ./, broken) : text), frames]));
      });
    for (let done = 0; done < CONNECTIONS; done += 50)
      await Promise.all(Array.from({ length: 50 }, (_, index) => send(ports[index % ports.length] ?? 0)));
    await eventually(async () => (await fetch(`${fleet.url}/readyz`)).ok, { withinMs: 10_000 });
    for (const pid of pids) expect(() => process.kill(pid, 0)).to.not.throw();
    seen(`${CONNECTIONS} connections, every program lives`);
  });
});

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** After what is garbage was collected, as far as this Node lets itself be asked. */
function settledHeapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}
