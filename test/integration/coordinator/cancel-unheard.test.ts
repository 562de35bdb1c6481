import { silentLogger, systemClock } from '@ollama-coordinator/common';
import { connectRedis, type Redis, redisKeys, waitUntilReady } from '@ollama-coordinator/common/redis';
import { expect } from 'chai';
import { type CancelAnywhere, createCancelAnywhere } from '#coordinator/pipeline/cancel-anywhere.js';
import { createLiveRequests, type LiveRequests } from '#coordinator/pipeline/live-requests.js';
import { eventually } from '../../support/eventually.js';
import { type ConnectedRedis, startConnectedRedis } from '../../support/start-connected-redis.js';

/** The connections of a replica come back from an outage one by one: it may hear a question before it can answer. */
describe('a request that was ended for another replica, which could not be told', () => {
  let server: ConnectedRedis;
  let ownersConnection: Redis;
  let owner: CancelAnywhere;
  let asker: CancelAnywhere;
  const live = createLiveRequests();

  const replica = (redis: Redis, requests: LiveRequests) =>
    createCancelAnywhere({
      redisUrl: server.url,
      redis,
      keys: redisKeys(),
      live: requests,
      living: () => ['asker', 'owner'],
      clock: systemClock,
      log: silentLogger,
    });
  before(async () => {
    server = await startConnectedRedis();
    ownersConnection = connectRedis({ url: server.url, role: 'test-owner', log: silentLogger });
    owner = replica(ownersConnection, live);
    asker = replica(server.redis, createLiveRequests());
    await waitUntilReady(ownersConnection, 3000);
    await owner.start();
    await asker.start();
  });
  after(async () => {
    await owner.stop();
    await asker.stop();
    ownersConnection.disconnect();
    await server.close();
  });

  it('is told when it is asked for again, and is as unknown as any other from then on', async () => {
    const cancellation = live.begin('r1');
    ownersConnection.disconnect();
    await expectUnknown('r1');
    expect(cancellation.reason?.code).to.equal('CANCELLED_BY_OPERATOR');
    live.end('r1');

    await ownersConnection.connect();
    await asker.cancel('r1');
    await eventually(() => expectUnknown('r1'));
  }).timeout(20_000);

  async function expectUnknown(id: string): Promise<void> {
    const failure = await asker.cancel(id).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.include({ code: 'UNKNOWN_REQUEST' });
  }
});
