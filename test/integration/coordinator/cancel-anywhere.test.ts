import type { Queue } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10, outputTokens: 100_000 }] } as const;
const CANCELLED = 'an operator of this coordinator cancelled the request';

describe('what waits and runs at another replica', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  let urls: readonly string[];
  before(async () => {
    fleet = await startFleet({
      replicas: 3,
      env: { COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-test-only' },
      agents: [{ name: 'one', ollama: OLLAMA }],
    });
    urls = fleet.coordinators.map(({ url }) => url);
  });
  after(() => fleet.close());

  const ask = (replica: number, tokens: number, stream: boolean) =>
    fetch(`${urls[replica]}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'tiny', prompt: 'x', stream, options: { num_predict: tokens } }),
    });
  const cancel = (replica: number, id: string) => fetch(`${urls[replica]}/api/coordinator/requests/${id}`, { method: 'DELETE' });
  const idOf = (answer: Response) => answer.headers.get('x-coordinator-request-id') ?? '';
  const queueAt = async (replica: number) => (await (await fetch(`${urls[replica]}/api/coordinator/queue`)).json()) as Queue;
  const waitingAt = async (replica: number) => (await queueAt(replica)).lines.flatMap(({ requests }) => requests.map(({ id }) => id));
  const isIdle = () => fleet.agents[0]?.ollama?.stats.inFlight === 0;

  it('is in the queue that every replica shows, with the replica where it waits, until it no longer does', async () => {
    const stream = await ask(0, 100_000, true);
    const waiting = [ask(1, 1, false), ask(2, 1, false)];
    const own = await Promise.all(
      [1, 2].map((replica) =>
        eventually(async () => {
          const queue = await queueAt(replica);
          const line = queue.lines.find((one) => one.replica === queue.replica);
          expect(line?.requests).to.have.lengthOf(1);
          return { replica: queue.replica, id: line?.requests[0]?.id };
        }),
      ),
    );
    await eventually(async () => {
      const { lines, replicas, waiting: all } = await queueAt(0);
      const shown = lines.flatMap(({ replica, requests }) => requests.map(({ id }) => ({ replica, id })));
      expect(shown).to.have.deep.members(own);
      expect(all).to.equal(2);
      expect(replicas).to.have.lengthOf(3);
    });
    expect((await cancel(0, idOf(stream))).status).to.equal(204);
    expect((await Promise.all(waiting)).map(({ status }) => status)).to.deep.equal([200, 200]);
    await eventually(async () => expect(await queueAt(0)).to.include({ waiting: 0 }));
  });

  it('ends one that waits and one that streams, whichever replica is asked', async () => {
    const stream = await ask(0, 100_000, true);
    const waiting = ask(1, 1, false);
    const [id = ''] = await eventually(async () => {
      const ids = await waitingAt(1);
      expect(ids).to.have.lengthOf(1);
      return ids;
    });
    // A replica knows which others live after their next sign only.
    await eventually(async () => expect((await cancel(2, id)).status).to.equal(204));
    const answer = await waiting;
    expect(answer.status).to.equal(503);
    expect(await answer.json()).to.deep.equal({ error: CANCELLED });

    expect((await cancel(2, idOf(stream))).status).to.equal(204);
    const text = await stream.text();
    expect(text.endsWith(`\n${JSON.stringify({ error: CANCELLED })}\n`)).to.equal(true);
    expect(text).to.not.include('"done":true');
    await eventually(isIdle);
  });

  it('answers 404 about one that no replica has', async () => {
    const answer = await cancel(0, 'nobody-1');
    expect(answer.status).to.equal(404);
    expect(await answer.json()).to.deep.equal({
      error: 'no request "nobody-1" waits or runs here, nor at another replica that answers; it may have ended',
    });
  });

  it('without Redis ends its own requests, and says that it cannot ask for others', async () => {
    const stream = await ask(0, 100_000, true);
    await fleet.redis.kill();
    await eventually(async () => expect((await cancel(1, idOf(stream))).status).to.equal(503));
    expect((await cancel(0, idOf(stream))).status).to.equal(204);
    expect(await stream.text()).to.include(CANCELLED);
    await fleet.redis.restart();
    const next = await ask(0, 100_000, true);
    await eventually(async () => expect((await cancel(1, idOf(next))).status).to.equal(204));
    await next.text();
  });
});
