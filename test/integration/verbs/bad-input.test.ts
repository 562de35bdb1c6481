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

/** The body that a route takes, for a model. */
const BODIES: Readonly<Record<string, (model: unknown) => object>> = {
  '/api/chat': (model) => ({ model, messages: MESSAGES }),
  '/api/generate': (model) => ({ model, prompt: 'hi' }),
  '/api/embed': (model) => ({ model, input: 'hi' }),
  '/api/embeddings': (model) => ({ model, prompt: 'hi' }),
  '/api/show': (model) => ({ model }),
  '/v1/chat/completions': (model) => ({ model, messages: MESSAGES }),
  '/v1/completions': (model) => ({ model, prompt: 'hi' }),
  '/v1/embeddings': (model) => ({ model, input: 'hi' }),
  '/v1/responses': (model) => ({ model, input: 'hi' }),
  '/v1/messages': (model) => ({ model, messages: MESSAGES, max_tokens: 5 }),
};

const cases: readonly Case[] = [
  ...Object.entries(BODIES).flatMap(([path, body]): Case[] => [
    { asks: `POST ${path}`, body: body('absent'), status: 404, says: /^model ['"]absent(:latest)?['"] not found/ },
    { asks: `POST ${path}`, body: body('tiny'), headers: PIN, status: 404, says: NOBODY },
    {
      asks: `POST ${path}`,
      body: body(5),
      status: 400,
      says: /^json: cannot unmarshal number into Go struct field .*model of type string$/,
    },
    { asks: `POST ${path}`, body: body(undefined), status: path === '/api/generate' || path === '/api/embed' ? 404 : 400, says: /./ },
  ]),
  { asks: 'GET /v1/models/absent', status: 404, says: /^model 'absent(:latest)?' not found$/ },
  { asks: 'DELETE /api/delete', body: { model: 'absent' }, status: 404, says: /^model 'absent(:latest)?' not found$/ },
  { asks: 'DELETE /api/delete', body: { model: 'tiny' }, headers: PIN, status: 404, says: NOBODY },
  { asks: 'POST /api/copy', body: { source: 'absent', destination: 'x' }, status: 404, says: /^model ['"]absent(:latest)?['"] not found$/ },
  { asks: 'POST /api/copy', body: { source: 'tiny', destination: 'x' }, headers: PIN, status: 404, says: NOBODY },
  { asks: 'POST /api/create', body: { model: 'made', from: 'tiny' }, headers: PIN, status: 404, says: NOBODY },
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
    says: /^4 agents were asked for, but only 3 can take "far" now$/,
  },
];

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
