import { expect } from 'chai';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const models = [{ name: 'tiny' }];

describe('agents with Ollamas of several versions', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_BALANCER: 'round-robin' },
      agents: [
        { name: 'old', ollama: { version: '0.11.4', models: [...models, { name: 'only-old' }] } },
        { name: 'middle', ollama: { version: '0.24.0', models } },
        { name: 'new', ollama: { version: '0.32.15', models } },
      ],
    });
  });
  after(() => fleet.close());

  const agentsOf = async (path: string, body: object) => {
    const agents = new Set<string | null>();
    for (let time = 0; time < 6; time += 1) {
      const reply = await fleet.post(path, body);
      expect(reply.status, await reply.text()).to.equal(200);
      agents.add(reply.headers.get('x-coordinator-agent'));
    }
    return [...agents].sort();
  };
  const chat = { model: 'tiny', messages: [{ role: 'user', content: 'hi' }], max_tokens: 2, stream: false };

  const table: readonly [string, object, readonly string[]][] = [
    ['/v1/chat/completions', chat, ['middle', 'new', 'old']],
    ['/v1/messages', chat, ['middle', 'new']],
    ['/v1/responses', { model: 'tiny', input: 'hi', max_output_tokens: 2 }, ['middle', 'new']],
    ['/v1/images/generations', { model: 'tiny', prompt: 'a cat' }, ['middle']],
  ];
  for (const [path, body, agents] of table) {
    it(`answer ${path}: ${agents.join(', ')}`, async () => expect(await agentsOf(path, body)).to.deep.equal(agents));
  }

  it('say which version is needed where the model is only on older ones, in the shape of the API', async () => {
    const sentence = (path: string, version: string) =>
      `${path} needs Ollama ${version} or later, and no agent that could answer has it (old: 0.11.4); update Ollama there`;
    const openai = await fleet.post('/v1/responses', { model: 'only-old', input: 'hi' });
    expect({ status: openai.status, body: await openai.json() }).to.deep.equal({
      status: 404,
      body: { error: { message: sentence('/v1/responses', '0.13.3'), type: 'not_found_error', param: null, code: 'route_needs_ollama' } },
    });
    const anthropic = await fleet.post('/v1/messages', { ...chat, model: 'only-old' });
    expect(await anthropic.json()).to.deep.include({
      type: 'error',
      error: { type: 'not_found_error', message: sentence('/v1/messages', '0.14.0') },
    });
  });

  it('count as having every route where the version is not told, and say it when one lacks it after all', async () => {
    const unknown = await fleet.addAgent({ name: 'unknown', ollama: { version: '0.0.0', models: [{ name: 'only-unknown' }] } });
    expect(unknown.ollama?.requests.some(({ path }) => path === '/api/version')).to.equal(true);
    const reply = await fleet.post('/v1/responses', { model: 'only-unknown', input: 'hi' });
    expect(reply.status).to.equal(404);
    expect(((await reply.json()) as { error: { message: string } }).error.message).to.match(
      /^\/v1\/responses needs Ollama 0\.13\.3 or later, and no agent that could answer has it \(unknown: version unknown\)/,
    );
  });

  it('refuse a pin that names nobody', async () => {
    const reply = await fleet.post('/api/chat', chat, { 'x-coordinator-pin': 'nobody' });
    expect({ status: reply.status, body: await reply.json() }).to.deep.equal({
      status: 404,
      body: { error: 'no agent "nobody" is registered here; list them with GET /api/agents' },
    });
  });
});
