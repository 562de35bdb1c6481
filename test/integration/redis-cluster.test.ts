import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';
import { type RedisCluster, startRedisCluster } from '../support/start-redis-cluster.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', loadMs: 10 }], pullable: [{ name: 'wanted' }] } as const;

describe('coordinators on a Redis Cluster', function () {
  this.timeout(90_000);
  let cluster: RedisCluster;
  let fleet: Fleet;
  before(async () => {
    cluster = await startRedisCluster();
    fleet = await startFleet({
      replicas: 2,
      env: {
        COORDINATOR_REDIS_URL: cluster.url,
        COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-test-only',
        COORDINATOR_AGENT_TTL_MS: '2000',
        COORDINATOR_LOG_LEVEL: 'debug',
      },
      agents: [{ name: 'one', ollama: OLLAMA }],
    });
  });
  after(async () => {
    await fleet?.close();
    await cluster?.close();
  });

  const read = async (url: string, path: string) => (await fetch(url + path)).json() as Promise<unknown>;

  it('share the fleet, serve, keep the history, and never cross slots', async () => {
    for (const { url } of fleet.coordinators) {
      await eventually(async () => {
        const agents = (await read(url, '/api/agents')) as { name: string; status: string }[];
        expect(agents.map(({ name, status }) => `${name} ${status}`)).to.deep.equal(['one online']);
      });
      const answer = await fetch(`${url}/api/generate`, {
        method: 'POST',
        body: JSON.stringify({ model: 'tiny', prompt: 'x', stream: false, options: { num_predict: 3 } }),
      });
      expect([answer.status, await answer.text()].join(' ')).to.match(/^200 .*"done":true/);
      expect(await read(url, '/readyz')).to.include({ redis: 'up' });
    }
    for (const { url } of fleet.coordinators) {
      await eventually(async () => {
        const { requests } = (await read(url, '/api/coordinator/requests')) as { requests: unknown[] };
        expect(requests).to.have.length(2);
      });
    }
    for (const index of fleet.coordinators.keys()) expect(readFileSync(fleet.logFile(index), 'utf8')).to.not.match(/CROSSSLOT|MOVED/);
  });

  it('run jobs, and show them on every replica', async () => {
    const [first, second] = fleet.coordinators.map(({ url }) => url);
    const answer = await fetch(`${first}/api/pull`, { method: 'POST', body: '{"model":"wanted"}' });
    expect((await answer.text()).trimEnd().split('\n').at(-1)).to.equal('{"status":"success"}');
    const { jobs } = (await read(second ?? '', '/api/coordinator/jobs')) as { jobs: { model: string; state: string }[] };
    expect(jobs.map(({ model, state }) => `${model} ${state}`)).to.deep.equal(['wanted completed']);
    for (const index of fleet.coordinators.keys()) expect(readFileSync(fleet.logFile(index), 'utf8')).to.not.match(/CROSSSLOT|MOVED/);
  });

  it('go on, with what they knew, when one is started again', async () => {
    await fleet.restartCoordinator(1);
    await eventually(async () => {
      const agents = (await read(fleet.coordinators[1]?.url ?? '', '/api/agents')) as { status: string }[];
      expect(agents.map(({ status }) => status)).to.deep.equal(['online']);
    });
  });
});
