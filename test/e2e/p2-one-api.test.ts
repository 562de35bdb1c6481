import { expect } from 'chai';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const MODELS = [
  { name: 'tiny', kind: 'completion', decodeTokensPerS: 500, loadMs: 50 },
  { name: 'tiny-embed', kind: 'embedding', loadMs: 50 },
] as const;

describe('P2: one API in front of every Ollama', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({ agents: [{ name: 'one', ollama: { models: MODELS, numParallel: 4 }, env: { AGENT_SLOTS: '4' } }] });
  });
  after(() => fleet.close());

  const chat = { model: 'tiny', messages: [{ role: 'user', content: 'hello q' }], options: { num_predict: 3 }, max_tokens: 3 };
  const calls: readonly [string, object, RegExp][] = [
    ['/api/chat', { ...chat, stream: false }, /echo-q/],
    ['/api/chat', chat, /echo-q[\s\S]*"done":true/],
    ['/api/generate', { model: 'tiny', prompt: 'hello q', stream: false, options: { num_predict: 3 } }, /echo-q/],
    ['/api/generate', { model: 'tiny', prompt: 'hello q', options: { num_predict: 3 } }, /echo-q[\s\S]*"done":true/],
    ['/api/embed', { model: 'tiny-embed', input: 'hello' }, /"embeddings":\[\[/],
    ['/api/embeddings', { model: 'tiny-embed', prompt: 'hello' }, /"embedding":\[/],
    ['/v1/chat/completions', chat, /"object":"chat.completion"[\s\S]*echo-q/],
    ['/v1/chat/completions', { ...chat, stream: true }, /echo-q[\s\S]*data: \[DONE\]/],
    ['/v1/completions', { model: 'tiny', prompt: 'hello q', max_tokens: 3 }, /echo-q/],
    ['/v1/completions', { model: 'tiny', prompt: 'hello q', max_tokens: 3, stream: true }, /echo-q[\s\S]*data: \[DONE\]/],
    ['/v1/embeddings', { model: 'tiny-embed', input: 'hello' }, /"embedding":/],
    ['/v1/responses', { model: 'tiny', input: 'hello q', max_output_tokens: 3 }, /"object":"response"[\s\S]*echo-q/],
    [
      '/v1/responses',
      { model: 'tiny', input: 'hello q', max_output_tokens: 3, stream: true },
      /echo-q[\s\S]*response\.(completed|incomplete)/,
    ],
    ['/v1/messages', chat, /"type":"message"[\s\S]*echo-q/],
    ['/v1/messages', { ...chat, stream: true }, /echo-q[\s\S]*message_stop/],
  ];
  for (const [path, body, pattern] of calls) {
    const isStream = 'stream' in body ? body.stream : /^\/api\/(chat|generate)$/.test(path);
    it(`${path}, ${isStream ? 'streamed' : 'in one piece'}: the same type and shape as from Ollama itself, and says who answered`, async () => {
      const response = await fleet.post(path, body);
      const direct = await fetch(fleet.agents[0]?.ollama?.url + path, { method: 'POST', body: JSON.stringify(body) });
      const [text, directText] = await Promise.all([response.text(), direct.text()]);
      expect(response.status, text).to.equal(200);
      expect(text).to.match(pattern);
      expect(response.headers.get('content-type')).to.equal(direct.headers.get('content-type'));
      expect(withoutFigures(text)).to.equal(withoutFigures(directText));
      expect(response.headers.get('x-coordinator-agent')).to.equal('one');
      expect(response.headers.get('x-coordinator-attempts')).to.equal('1');
      expect(response.headers.get('x-coordinator-request-id')).to.match(/\S/);
      expect(response.headers.get('x-coordinator-why')).to.match(/\S/);
    });
  }

  it('answers five at once on one agent', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        fleet.post('/api/generate', { model: 'tiny', prompt: `n ${index}`, stream: false, options: { num_predict: 20 } }),
      ),
    );
    for (const [index, answer] of answers.entries())
      expect(((await answer.json()) as { response: string }).response).to.include(`echo-${index}`);
  });

  it('lists models, runners and version from its own view', async () => {
    const tags = (await (await fetch(`${fleet.url}/api/tags`)).json()) as { models: { name: string }[] };
    expect(tags.models.map((model) => model.name).sort()).to.deep.equal(['tiny-embed:latest', 'tiny:latest']);
    expect(await (await fetch(`${fleet.url}/api/version`)).json()).to.deep.equal({ version: '0.32.15' });
    expect(await (await fetch(`${fleet.url}/`)).text()).to.equal('Ollama is running');
  });

  const refusals: readonly [string, string, number, unknown][] = [
    ['/api/chat', '', 400, { error: 'missing request body' }],
    ['/api/chat', '{bad', 400, { error: "invalid character 'b' looking for beginning of object key string" }],
    ['/api/chat', '{"model":"nope-x"}', 404, { error: "model 'nope-x' not found" }],
    ['/api/embed', '{"model":"nope-x"}', 404, { error: 'model "nope-x" not found, try pulling it first' }],
    [
      '/v1/chat/completions',
      '{"model":"nope-x","messages":[{"role":"user","content":"hi"}]}',
      404,
      { error: { message: "model 'nope-x' not found", type: 'not_found_error', param: null, code: null } },
    ],
    ['/v1/chat/completions', '', 400, { error: { message: 'EOF', type: 'invalid_request_error', param: null, code: null } }],
  ];
  for (const [path, body, status, answer] of refusals) {
    it(`refuses ${path} ${JSON.stringify(body)} as Ollama does: ${status}`, async () => {
      const response = await fetch(fleet.url + path, { method: 'POST', body });
      expect(response.status).to.equal(status);
      expect(await response.json()).to.deep.equal(answer);
    });
  }

  it('keeps the history of what it answered', async () => {
    const { requests } = (await (
      await fetch(`${fleet.url}/api/coordinator/requests?model=tiny:latest&status=completed&limit=3`)
    ).json()) as { requests: { agent_name: string }[] };
    expect(requests).to.have.lengthOf(3);
    expect(requests[0]).to.include({ agent_name: 'one', status: 'completed' });
  });
});

/** Ids, times, durations and random parts aside, the text that must be equal. */
function withoutFigures(text: string): string {
  return text
    .replace(/"(created_at|id|created|completed_at|\w+_duration|request_id|item_id)":("[^"]*"|\d+)/g, '"$1":0')
    .replace(/"(resp|msg|chatcmpl|cmpl)[-_]\w+"/g, '"id"');
}
