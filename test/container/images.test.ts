import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { findFreePort } from '../support/find-free-port.js';
import { type SimulatedOllama, startSimulatedOllama } from '../support/simulated-ollama/index.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { buildImages, bytesAboveBase, removeEverything, startContainer } from './support/containers.js';

const MEBIBYTE = 1024 * 1024;
const SECRETS = {
  COORDINATOR_ADMIN_KEY: 'the-admin-key-of-this-test',
  COORDINATOR_JOIN_TOKEN: 'the-join-token-of-this-test',
  COORDINATOR_CLUSTER_SECRET: 'the-cluster-secret-of-this-test',
};

describe('the images', function () {
  this.timeout(900_000);
  let redis: TestRedis;
  let ollama: SimulatedOllama;
  before(async () => {
    redis = await startRedis();
    ollama = await startSimulatedOllama({ models: [{ name: 'llama3.2' }] });
    await buildImages();
  });
  after(async () => {
    await removeEverything();
    await ollama.close();
    await redis.close();
  });

  for (const program of ['coordinator', 'agent'] as const) {
    it(`add at most 200 MiB to their base: ${program}`, async () => {
      const mebibytes = (await bytesAboveBase(program)) / MEBIBYTE;
      console.log(`      ${program}: ${mebibytes.toFixed(1)} MiB above the base`);
      expect(mebibytes).to.be.within(1, 200);
    });
  }

  it('answer together: agent and coordinator in containers, streaming from an Ollama outside', async () => {
    const port = String(await findFreePort());
    const coordinator = await startContainer('coordinator', {
      ...SECRETS,
      COORDINATOR_HOST: '127.0.0.1',
      COORDINATOR_AUTH: 'on',
      COORDINATOR_PORT: port,
      COORDINATOR_REDIS_URL: redis.url,
    });
    const agent = await startContainer('agent', {
      AGENT_COORDINATOR_URL: `http://127.0.0.1:${port}`,
      AGENT_JOIN_TOKEN: SECRETS.COORDINATOR_JOIN_TOKEN,
      AGENT_HOST: '127.0.0.1',
      AGENT_PORT: '0',
      AGENT_NAME: 'boxed',
      AGENT_OLLAMA_URL: ollama.url,
    });
    const answer = await eventually(
      async () => {
        const response = await fetch(`http://127.0.0.1:${port}/api/chat`, {
          method: 'POST',
          headers: { authorization: `Bearer ${SECRETS.COORDINATOR_ADMIN_KEY}` },
          body: JSON.stringify({ model: 'llama3.2', messages: [{ role: 'user', content: 'hello' }] }),
        });
        return response.ok ? response : Promise.reject(new Error(await response.text()));
      },
      { withinMs: 30_000, everyMs: 200 },
    );
    expect(answer.headers.get('x-coordinator-agent')).to.equal('boxed');
    const records = (await answer.text()).trim().split('\n');
    expect(records.length).to.be.above(2);
    expect(JSON.parse(records.at(-1) ?? '')).to.include({ done: true });
    expect((await coordinator.exec('id', '-u')).trim()).to.equal('10001');
    expect([await agent.stop(), await coordinator.stop()]).to.deep.equal([0, 0]);
  });

  it('say what is wrong and end where a setting makes no sense', async () => {
    const container = await startContainer('coordinator', { COORDINATOR_PORT: 'eighty' });
    expect(
      await eventually(() => container.logs().then((logs) => logs.includes('COORDINATOR_PORT') && logs), { withinMs: 10_000 }),
    ).to.include('the configuration is not valid');
    expect(await container.end()).to.equal(1);
  });
});
