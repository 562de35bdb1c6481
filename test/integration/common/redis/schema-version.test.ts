import { type MigrationStep, migrate, type Redis, redisKeys } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { eventually } from '../../../support/eventually.js';
import { type ConnectedRedis, startConnectedRedis } from '../../../support/start-connected-redis.js';
import { ownPrefix } from '../../registry/start-registry.js';

describe('migrate (T044)', () => {
  let server: ConnectedRedis;
  let redis: Redis;
  let keys: ReturnType<typeof redisKeys>;
  let ran: string[];

  const step =
    (name: string): MigrationStep =>
    async (client, { agents }) => {
      ran.push(name);
      await client.sadd(agents, name);
    };
  const toOne = step('0 to 1');
  const toTwo = step('1 to 2');

  before(async () => {
    server = await startConnectedRedis();
    redis = server.redis;
  });
  after(() => server.close());
  beforeEach(() => {
    keys = redisKeys(ownPrefix());
    ran = [];
  });

  it('brings an empty Redis to version 1, and that to version 2, running each step once', async () => {
    expect(await migrate(redis, keys, [toOne])).to.equal(1);
    expect(await migrate(redis, keys, [toOne])).to.equal(1);
    expect(await migrate(redis, keys, [toOne, toTwo])).to.equal(2);
    expect(ran).to.deep.equal(['0 to 1', '1 to 2']);
    expect(await redis.get(keys.schemaVersion)).to.equal('2');
    expect(await redis.smembers(keys.agents)).to.have.members(['0 to 1', '1 to 2']);
    expect(await redis.exists(keys.schemaLock)).to.equal(0);
  });

  it('runs the steps in order from version 0 to 2', async () => {
    await migrate(redis, keys, [toOne, toTwo]);
    expect(ran).to.deep.equal(['0 to 1', '1 to 2']);
  });

  it('leaves the data of the next version as it is, and goes on with it', async () => {
    await redis.set(keys.schemaVersion, '3');
    expect(await migrate(redis, keys, [toOne, toTwo])).to.equal(3);
    expect([ran, await redis.get(keys.schemaVersion)]).to.deep.equal([[], '3']);
  });

  it('goes on where a newer one migrated while it waited for its turn', async () => {
    const slow: MigrationStep = async (...to) => {
      await toTwo(...to);
      await eventually(() => expect(older).to.not.equal(undefined));
    };
    let older: Promise<number> | undefined;
    const newer = migrate(redis, keys, [toOne, slow]);
    await eventually(async () => expect(await redis.exists(keys.schemaLock)).to.equal(1));
    older = migrate(redis, keys, [toOne]);
    expect(await newer).to.equal(2);
    expect(await older).to.be.oneOf([1, 2]);
    expect([ran, await redis.get(keys.schemaVersion)]).to.deep.equal([['0 to 1', '1 to 2'], '2']);
  });

  it('refuses, and writes nothing, where the data is two versions ahead', async () => {
    await redis.set(keys.schemaVersion, '4');
    const failure = await migrate(redis, keys, [toOne, toTwo]).catch((error) => error);
    expect(failure.code).to.equal('REDIS_SCHEMA_NEWER');
    expect(failure.message).to.include('version 4').and.include('version 2');
    expect([ran, await redis.get(keys.schemaVersion)]).to.deep.equal([[], '4']);
  });

  it('refuses a version that is no number, whatever wrote it', async () => {
    await redis.set(keys.schemaVersion, 'two');
    const failure = await migrate(redis, keys, [toOne, toTwo]).catch((error) => error);
    expect(failure.message).to.include('schema version two');
    expect([ran, await redis.get(keys.schemaVersion)]).to.deep.equal([[], 'two']);
  });

  it('lets one of several coordinators that start together run a step', async () => {
    await Promise.all([1, 2, 3, 4].map(() => migrate(redis, keys, [toOne, toTwo])));
    expect(ran).to.deep.equal(['0 to 1', '1 to 2']);
  });

  it('goes on after a step that failed', async () => {
    const failing: MigrationStep = async () => {
      throw new Error('half way');
    };
    expect(await migrate(redis, keys, [toOne, failing]).catch((error) => error.message)).to.equal('half way');
    expect(await redis.get(keys.schemaVersion)).to.equal('1');
    await migrate(redis, keys, [toOne, toTwo]);
    expect(ran).to.deep.equal(['0 to 1', '1 to 2']);
  });
});
