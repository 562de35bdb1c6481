import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const CONFIG = `
[aliases]
gpt-4o = ["big", "small"]
only-far = "nowhere"
[key_aliases.ci]
gpt-4o = ["small"]
`;
const ADMIN = 'an-admin-key-of-this-test';

describe('aliases', function () {
  this.timeout(60_000);
  let folder: string;
  let fleet: Fleet;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-aliases-'));
    await writeFile(join(folder, 'coordinator.toml'), CONFIG);
    fleet = await startFleet({
      replicas: 2,
      env: {
        COORDINATOR_CONFIG: join(folder, 'coordinator.toml'),
        COORDINATOR_AUTH: 'on',
        COORDINATOR_ADMIN_KEY: ADMIN,
        COORDINATOR_JOIN_TOKEN: 'join-this-test',
      },
      agents: [
        { name: 'strong', ollama: { models: [{ name: 'big' }] }, env: { AGENT_JOIN_TOKEN: 'join-this-test' } },
        { name: 'weak', ollama: { models: [{ name: 'small' }] }, env: { AGENT_JOIN_TOKEN: 'join-this-test' } },
      ],
    });
  });
  after(async () => {
    await fleet.close();
    await rm(folder, { recursive: true, force: true });
  });

  const call = (
    path: string,
    { method = 'POST', key = ADMIN, body, replica = 0 }: { method?: string; key?: string; body?: unknown; replica?: number } = {},
  ) =>
    fetch((fleet.coordinators[replica]?.url ?? '') + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const chat = async (model: string, options: { key?: string; replica?: number } = {}) => {
    const body = { model, messages: [{ role: 'user', content: 'hi z' }], max_tokens: 2 };
    const reply = await call('/v1/chat/completions', { ...options, body });
    const answer = (await reply.json()) as { model?: string; error?: { message: string } };
    return {
      status: reply.status,
      agent: reply.headers.get('x-coordinator-agent'),
      why: reply.headers.get('x-coordinator-why') ?? '',
      ...answer,
    };
  };

  it('stand for the first of their models, which the answer names', async () => {
    const { agent, model, why } = await chat('GPT-4o:latest');
    expect({ agent, model }).to.deep.equal({ agent: 'strong', model: 'big' });
    expect(why).to.match(/^gpt-4o stands for big; predictive: /);
  });

  it('are in the lists, as configured, each as what it stands for', async () => {
    const tags = (await (await call('/api/tags', { method: 'GET' })).json()) as { models: { name: string; digest: string }[] };
    const digest = (name: string) => tags.models.find((model) => model.name === name)?.digest;
    expect(digest('gpt-4o'))
      .to.equal(digest('big:latest'))
      .and.to.match(/^[0-9a-f]{64}$/);
    expect(digest('only-far')).to.equal(undefined);
    const { data } = (await (await call('/v1/models', { method: 'GET' })).json()) as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).to.have.members(['gpt-4o', 'big:latest', 'small:latest']);
    expect((await call('/v1/models/gpt-4o', { method: 'GET' })).status).to.equal(200);
    expect(await (await call('/api/show', { body: { model: 'gpt-4o' } })).json()).to.have.property('model_info');
  });

  it('may be another for one key', async () => {
    const made = await call('/api/coordinator/keys', { body: { name: 'ci', scopes: ['infer'] } });
    const { key } = (await made.json()) as { key: string };
    await eventually(async () => expect((await chat('gpt-4o', { key })).agent).to.equal('weak'));
    expect((await chat('gpt-4o')).agent).to.equal('strong');
  });

  it('are refused by verbs that change models', async () => {
    for (const [method, path, body] of [
      ['DELETE', '/api/delete', { model: 'gpt-4o' }],
      ['POST', '/api/copy', { source: 'gpt-4o', destination: 'x' }],
      ['POST', '/api/push', { model: 'gpt-4o' }],
    ] as const) {
      const reply = await call(path, { method, body });
      expect({ status: reply.status, body: await reply.json() }).to.deep.equal({
        status: 400,
        body: { error: '\'gpt-4o\' is an alias and stands for big, small; name the model itself, or change the setting "aliases"' },
      });
    }
  });

  it('fall back where the agents of the first model fail before the first byte, and say so', async () => {
    const strong = fleet.agents.find(({ name }) => name === 'strong')?.ollama;
    strong?.faults.add({ match: { path: '/v1/chat/completions' }, fault: { kind: 'load-failure' }, times: 1 });
    const { agent, why } = await chat('gpt-4o');
    expect(agent).to.equal('weak');
    expect(why).to.match(/^gpt-4o stands for small; before it: agent "strong" failed before it answered \(status 500\); /);
  });

  it('change at run time, for all replicas', async () => {
    const changed = await call('/api/coordinator/settings', { method: 'PATCH', body: { aliases: { fresh: ['nowhere', 'small'] } } });
    expect(changed.status).to.equal(200);
    await eventually(async () => {
      for (const replica of [0, 1]) expect((await chat('fresh', { replica })).agent).to.equal('weak');
    });
    expect((await chat('gpt-4o')).error?.message).to.equal("model 'gpt-4o' not found");
    await call('/api/coordinator/settings', { method: 'PATCH', body: { aliases: null } });
    await eventually(async () => expect((await chat('gpt-4o', { replica: 1 })).status).to.equal(200));
    const refused = await call('/api/coordinator/settings', { method: 'PATCH', body: { aliases: { x: 'a b' } } });
    expect({ status: refused.status, body: await refused.json() }).to.deep.equal({
      status: 400,
      body: { error: 'aliases[x][0]: "a b" is no model name' },
    });
  });

  it('fall back while the agents of the first model are away', async () => {
    await fleet.agents.find(({ name }) => name === 'strong')?.program.stop();
    const headers = { authorization: `Bearer ${ADMIN}` };
    await eventually(async () => {
      const agents = (await (await fetch(`${fleet.url}/api/agents`, { headers })).json()) as { name: string; status: string }[];
      expect(agents.find(({ name }) => name === 'strong')?.status).to.equal('offline');
    });
    const { agent, why } = await chat('gpt-4o');
    expect(agent).to.equal('weak');
    expect(why).to.match(/before it: all agents that have big:latest are offline or draining/);
  });

  it('name the last model where none can answer', async () => {
    expect((await chat('only-far')).error?.message).to.equal("model 'nowhere' not found");
  });
});
