import { redisKeys } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.js';
import { type Fleet, type FleetAgent, startFleet } from '../../support/start-fleet.js';
import { type JsonObject, startTranslator, type Translation, type Translator } from '../../support/start-translator.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', loadMs: 10 }] } as const;

/** Fields that a version before ours may not have: each has a default. */
const OPTIONAL = new Set([
  'protocol_version',
  'labels',
  'transport',
  'ollama_version',
  'max_runners',
  'max_runner_bytes',
  'metrics',
  'ollama',
  'digest',
  'vram_bytes',
]);
const OPTIONAL_ANSWERS = new Set(['protocol_version', 'send_models', 'draining']);
const NEWER: JsonObject = { protocol_version: 2, mood: 'sunny', forecast: { rain: [0.1, 0.2] } };

const older = (fields: ReadonlySet<string>) => (_path: string, body: JsonObject) => without(body, fields);
/** Words that nobody knows here; those of `runners` stand in the agent's reports. */
const dozing = (body: JsonObject): JsonObject =>
  Array.isArray(body.runners) ? { ...body, runners: body.runners.map((runner) => ({ ...runner, state: 'dozing' })) } : body;
const newerRequest = (path: string, body: JsonObject) => {
  if (path === '/api/agents/register') return { ...body, ...NEWER, transport: 'pigeon' };
  return path === '/api/health' ? { ...dozing(body), ...NEWER } : body;
};
const newerAnswer = (path: string, body: JsonObject) => {
  if (path === '/api/agents/register') return { ...body, ...NEWER, status: 'welcomed', transport: 'pigeon' };
  return path === '/api/health' ? { ...body, ...NEWER, status: 'splendid' } : body;
};

const PEERS: readonly { readonly name: string; readonly toCoordinator: Translation; readonly fromAgent: Translation }[] = [
  {
    name: 'an older agent',
    toCoordinator: { request: older(OPTIONAL) },
    fromAgent: { watchRecord: (record) => [without(record, OPTIONAL)] },
  },
  {
    name: 'a newer agent',
    toCoordinator: { request: newerRequest },
    fromAgent: {
      watchRecord: (record) => [
        { type: 'weather', ...NEWER },
        { ...dozing(record), ...NEWER },
      ],
    },
  },
  { name: 'an agent of an older coordinator', toCoordinator: { answer: older(OPTIONAL_ANSWERS) }, fromAgent: {} },
  { name: 'an agent of a newer coordinator', toCoordinator: { answer: newerAnswer }, fromAgent: {} },
];

/** The object, and all objects in it, without those fields. */
function without(value: JsonObject, fields: ReadonlySet<string>): JsonObject {
  const strip = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(strip);
    return typeof part === 'object' && part !== null ? without(part as JsonObject, fields) : part;
  };
  return Object.fromEntries(Object.entries(value).flatMap(([key, part]) => (fields.has(key) ? [] : [[key, strip(part)]])));
}

describe('peers one version apart', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  const translators: Translator[] = [];
  before(async () => {
    fleet = await startFleet({
      replicas: 2,
      env: { COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-test-only', COORDINATOR_AGENT_TTL_MS: '2000' },
    });
  });
  after(async () => {
    await fleet.close();
    await Promise.all(translators.map((translator) => translator.close()));
  });

  const statusAt = async (url: string, name: string) => {
    const agents = (await (await fetch(`${url}/api/agents`)).json()) as { name: string; status: string }[];
    return agents.find((agent) => agent.name === name)?.status;
  };
  const askEach = (name: string) =>
    Promise.all(
      fleet.coordinators.map(async ({ url }) => {
        const answer = await fetch(`${url}/api/generate`, {
          method: 'POST',
          headers: { 'x-coordinator-pin': name },
          body: JSON.stringify({ model: 'tiny', prompt: 'x', stream: false, options: { num_predict: 3 } }),
        });
        await answer.text();
        return [answer.status, answer.headers.get('x-coordinator-agent')];
      }),
    );

  /** An agent whose registration, heartbeats, watch and answers pass translators. */
  async function addAgent(
    name: string,
    { toCoordinator, fromAgent }: Pick<(typeof PEERS)[number], 'toCoordinator' | 'fromAgent'>,
  ): Promise<FleetAgent> {
    let agentPort = 0;
    const toAgent = await startTranslator(() => agentPort, fromAgent);
    const register = (path: string, body: JsonObject) => {
      const said = toCoordinator.request?.(path, body) ?? body;
      if (path !== '/api/agents/register') return said;
      agentPort = Number(body.port);
      return { ...said, port: toAgent.port };
    };
    const front = await startTranslator(() => Number(new URL(fleet.url).port), { ...toCoordinator, request: register });
    translators.push(toAgent, front);
    return fleet.addAgent({ name, ollama: OLLAMA, env: { AGENT_COORDINATOR_URL: front.url } });
  }

  for (const { name, ...translations } of PEERS) {
    it(`${name} registers, beats, is watched and serves at both replicas`, async () => {
      const agent = name.replaceAll(' ', '-');
      await addAgent(agent, translations);
      for (const { url } of fleet.coordinators) await eventually(async () => expect(await statusAt(url, agent)).to.equal('online'));
      expect(await askEach(agent)).to.deep.equal([
        [200, agent],
        [200, agent],
      ]);
      // Beyond the TTL it is online only if its heartbeats are taken; beyond the silence, only if its watch is.
      const untilMs = performance.now() + 4000;
      await eventually(
        async () => {
          for (const { url } of fleet.coordinators) expect(await statusAt(url, agent)).to.equal('online');
          return performance.now() > untilMs;
        },
        { withinMs: 10_000, everyMs: 100 },
      );
    });
  }

  it('an agent in a state that only a newer one knows gets no requests until it is ready', async () => {
    let mood = 'contemplating';
    const moody = (body: JsonObject) => (body.state === 'ready' ? { ...body, state: mood } : body);
    const { ollama } = await addAgent('moody', {
      toCoordinator: { request: (path, body) => (path === '/api/health' ? moody(body) : body) },
      fromAgent: { watchRecord: (record) => [moody(record)] },
    });
    for (const { url } of fleet.coordinators) await eventually(async () => expect(await statusAt(url, 'moody')).to.equal('online'));
    expect((await askEach('moody')).map(([status]) => status)).to.deep.equal([503, 503]);
    mood = 'ready';
    // While its watch is open the agent's word there counts, and that comes with the next change.
    await fetch(`${ollama?.url}/api/generate`, { method: 'POST', body: JSON.stringify({ model: 'tiny', prompt: 'x', stream: false }) });
    await eventually(async () => expect((await askEach('moody')).map(([status]) => status)).to.deep.equal([200, 200]));
  });

  /** With the data of so many versions ahead. */
  async function withSchemaAhead(by: number, run: (version: () => Promise<number>) => Promise<void>): Promise<void> {
    const keys = redisKeys();
    const redis = new Redis(fleet.redis.url);
    const version = async () => Number(await redis.get(keys.schemaVersion));
    const before = await version();
    try {
      await redis.set(keys.schemaVersion, before + by);
      await run(version);
    } finally {
      await redis.set(keys.schemaVersion, before);
      redis.disconnect();
    }
  }
  const redisAt = async (url: string) => ((await (await fetch(`${url}/readyz`)).json()) as { redis: string }).redis;

  it('replicas run, and start, on data of the next version, and leave its version as it is', async () => {
    await withSchemaAhead(1, async (version) => {
      const ahead = await version();
      await fleet.restartCoordinator(1);
      await addAgent('late', { toCoordinator: {}, fromAgent: {} });
      for (const { url } of fleet.coordinators) await eventually(async () => expect(await statusAt(url, 'late')).to.equal('online'));
      expect(await askEach('late')).to.deep.equal([
        [200, 'late'],
        [200, 'late'],
      ]);
      expect(await version()).to.equal(ahead);
    });
  });

  it('a replica two versions behind serves from memory and writes nothing, and one that starts refuses', async () => {
    await withSchemaAhead(2, async (version) => {
      for (const { url } of fleet.coordinators) await eventually(async () => expect(await redisAt(url)).to.equal('down'));
      expect(await askEach('late')).to.deep.equal([
        [200, 'late'],
        [200, 'late'],
      ]);
      const refused = await fleet.restartCoordinator(1).catch((failure: Error) => failure.message);
      expect(refused).to.include(`version ${await version()}`);
    });
    await eventually(async () => expect(await redisAt(fleet.url)).to.equal('up'));
  });
});
