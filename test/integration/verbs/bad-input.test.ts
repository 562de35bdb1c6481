import { expect } from 'chai';
import { startVerbsFleet, type VerbsFleet } from './verbs-fleet.js';

const MESSAGES = [{ role: 'user', content: 'hi' }];
const PIN = { 'x-coordinator-pin': 'nobody' };
const PULL_BY_HEADER = { 'x-coordinator-agents': 'a' };
const NOBODY = /^no agent "nobody" is registered here; list them with GET \/api\/agents$/;

interface Case {
  readonly asks: string;
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly says: RegExp;
}

interface Route {
  /** The body that the route takes, for a model. */
  readonly body: (model: unknown) => object;
  /** What Ollama answers where no model is named. */
  readonly nameless: readonly [status: number, sentence: string];
}

const required = [400, 'model is required'] as const;
const nobody = [404, "model '' not found"] as const;

const ROUTES: Readonly<Record<string, Route>> = {
  '/api/chat': { body: (model) => ({ model, messages: MESSAGES }), nameless: required },
  '/api/generate': { body: (model) => ({ model, prompt: 'hi' }), nameless: nobody },
  '/api/embed': { body: (model) => ({ model, input: 'hi' }), nameless: nobody },
  '/api/embeddings': { body: (model) => ({ model, prompt: 'hi' }), nameless: required },
  '/api/show': { body: (model) => ({ model }), nameless: required },
  '/v1/chat/completions': { body: (model) => ({ model, messages: MESSAGES }), nameless: required },
  '/v1/completions': { body: (model) => ({ model, prompt: 'hi' }), nameless: nobody },
  '/v1/embeddings': { body: (model) => ({ model, input: 'hi' }), nameless: nobody },
  '/v1/responses': { body: (model) => ({ model, input: 'hi' }), nameless: required },
  '/v1/messages': { body: (model) => ({ model, messages: MESSAGES, max_tokens: 5 }), nameless: required },
  '/v1/images/generations': { body: (model) => ({ model, prompt: 'hi' }), nameless: required },
};

const DIGEST = `sha256:${'0'.repeat(64)}`;
const NOT_HERE = /^model ['"]absent(:latest)?['"] not found/;

const ofRoutes = Object.entries(ROUTES).flatMap(
  ([
    path,
    {
      body,
      nameless: [status, sentence],
    },
  ]): Case[] => {
    const asks = `POST ${path}`;
    const wrongType = /^json: cannot unmarshal number into Go struct field .*model of type string$/;
    return [
      { asks, body: body('absent'), status: 404, says: NOT_HERE },
      { asks, body: body('tiny'), headers: PIN, status: 404, says: NOBODY },
      { asks, body: body(5), status: 400, says: wrongType },
      { asks, body: body(undefined), status, says: new RegExp(`^${sentence}$`) },
    ];
  },
);

const ofModels: readonly Case[] = [
  { asks: 'GET /v1/models/absent', status: 404, says: NOT_HERE },
  { asks: 'DELETE /api/delete', body: { model: 'absent' }, status: 404, says: NOT_HERE },
  { asks: 'DELETE /api/delete', body: { model: 'tiny' }, headers: PIN, status: 404, says: NOBODY },
  { asks: 'DELETE /api/delete', body: {}, status: 400, says: /^model is required$/ },
  { asks: 'POST /api/copy', body: { source: 'absent', destination: 'x' }, status: 404, says: NOT_HERE },
  { asks: 'POST /api/copy', body: { source: 'tiny', destination: 'x' }, headers: PIN, status: 404, says: NOBODY },
  { asks: 'POST /api/copy', body: { source: 'tiny' }, status: 400, says: /^destination "" is invalid$/ },
  { asks: 'POST /api/push', body: { model: 'tiny' }, headers: PIN, status: 404, says: NOBODY },
  { asks: 'POST /api/push', body: {}, status: 400, says: /^model is required$/ },
  { asks: 'POST /api/create', body: { model: 'made', from: 'tiny' }, headers: PIN, status: 404, says: NOBODY },
  { asks: 'POST /api/create', body: { from: 'tiny' }, status: 400, says: /^invalid model name$/ },
  {
    asks: 'POST /api/create',
    body: { model: 'made', files: { a: DIGEST } },
    status: 400,
    says: /^no agent that is there has all files of this model/,
  },
  {
    asks: `POST /api/blobs/${DIGEST}`,
    body: { not: 'that' },
    status: 400,
    says: /^digest mismatch, expected "sha256:0{64}", got "sha256:\w{64}"$/,
  },
  { asks: `POST /api/blobs/${DIGEST}`, body: {}, headers: PIN, status: 404, says: NOBODY },
  { asks: 'POST /api/blobs/sha256:00', body: {}, status: 400, says: /^invalid digest format$/ },
];

const ofJobs: readonly Case[] = [
  { asks: 'POST /api/pull', body: { model: 'far', agents: 'nobody' }, status: 404, says: NOBODY },
  {
    asks: 'POST /api/pull',
    body: { model: 'far', agents: 'a,room=lab' },
    status: 400,
    says: /^"a,room=lab" does not say which agents: it mixes names and labels; /,
  },
  {
    asks: 'POST /api/pull',
    body: { model: 'far', agents: 'b' },
    headers: PULL_BY_HEADER,
    status: 400,
    says: /^conflicting options: the header x-coordinator-agents and "agents" in the body name different agents; send one of them$/,
  },
  {
    asks: 'POST /api/pull',
    body: { model: 'far', agents: 4 },
    status: 503,
    says: /^4 agents were asked for, but only 3 can take "far:latest" now$/,
  },
  { asks: 'POST /api/coordinator/jobs', body: { kind: 'preload', model: 'absent' }, status: 404, says: NOT_HERE },
  { asks: 'POST /api/coordinator/jobs', body: { kind: 'sync', model: 'absent' }, status: 404, says: NOT_HERE },
  { asks: 'POST /api/coordinator/jobs', body: { kind: 'pull', model: 'far', agents: 'nobody' }, status: 404, says: NOBODY },
  { asks: 'POST /api/coordinator/jobs', body: { kind: 'copy', model: 'tiny' }, status: 400, says: /destination: / },
  { asks: 'POST /api/coordinator/placements', body: { model: 'tiny', replicas: 0 }, status: 400, says: /replicas: / },
  { asks: 'DELETE /api/coordinator/placements/absent', status: 404, says: /absent/ },
  { asks: 'GET /api/coordinator/explain', status: 400, says: /model: / },
];

const cases: readonly Case[] = [...ofRoutes, ...ofModels, ...ofJobs];

/** The sentence of an error in the shape of the API that was called; fails where it has another shape. */
function sentenceOf(path: string, text: string): string {
  const answer = JSON.parse(text) as { type?: unknown; error: string & { type: unknown; message: string } };
  if (!path.startsWith('/v1/')) {
    expect(answer.error, text).to.be.a('string');
    return answer.error;
  }
  const isAnthropic = path === '/v1/messages';
  expect(answer.type, text).to.equal(isAnthropic ? 'error' : undefined);
  expect(answer.error, text).to.include.all.keys(isAnthropic ? ['type', 'message'] : ['type', 'message', 'code']);
  return answer.error.message;
}

describe('bad input, in the shape of the API that was called', function () {
  this.timeout(60_000);
  let fleet: VerbsFleet;
  before(async () => {
    fleet = await startVerbsFleet();
  });
  after(() => fleet.close());

  for (const { asks, body, headers = {}, status, says } of cases) {
    const told = Object.entries(headers).map(([name, value]) => ` ${name}: ${value}`);
    it(`${asks} ${JSON.stringify(body) ?? ''}${told}: ${status}`, async () => {
      const [method = '', path = ''] = asks.split(' ');
      const reply = await fleet.send(method, path, body, { 'content-type': 'application/json', ...headers });
      expect(reply.status, reply.text).to.equal(status);
      expect(sentenceOf(path, reply.text)).to.match(says);
    });
  }
});
