import type { DashboardMessage } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { WebSocket } from 'ws';
import { applyMessage, type PageState } from '#coordinator/dashboard/page-state.js';
import { eventually } from '../../support/eventually.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = {
  models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10, outputTokens: 100_000 }],
  numParallel: 2,
} as const;

/** A page as the server sees it. */
interface WatchedPage {
  state(): PageState | undefined;
  close(): void;
}

describe('the dashboard of one replica of several', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  let page: WatchedPage;
  before(async () => {
    fleet = await startFleet({ replicas: 2, agents: [{ name: 'one', ollama: OLLAMA, env: { AGENT_SLOTS: '2' } }] });
  });
  after(() => fleet.close());
  afterEach(() => page?.close());

  const watch = (replica: number): WatchedPage => {
    const socket = new WebSocket(`${fleet.coordinators[replica]?.url.replace('http', 'ws')}/ws/dashboard`, ['ollama-coordinator']);
    let state: PageState | undefined;
    socket.on('message', (data) => {
      state = applyMessage(state, JSON.parse(String(data)) as DashboardMessage);
    });
    return { state: () => state, close: () => socket.terminate() };
  };
  const ask = (replica: number, tokens: number) =>
    fetch(`${fleet.coordinators[replica]?.url}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'tiny', prompt: 'x', options: { num_predict: tokens } }),
    });
  const idOf = (answer: Response) => answer.headers.get('x-coordinator-request-id') ?? '';
  const statusOf = (id: string) => page.state()?.requests.get(id)?.status;

  it('shows what runs at another, with its replica, and how it ends', async () => {
    page = watch(0);
    const answer = await ask(1, 200);
    await eventually(() => expect(statusOf(idOf(answer))).to.equal('running'));
    const own = page.state()?.replica;
    expect(page.state()?.requests.get(idOf(answer)))
      .to.include({ model: 'tiny:latest', agent_name: 'one' })
      .and.property('replica')
      .not.equal(own);
    await answer.text();
    await eventually(() => expect(statusOf(idOf(answer))).to.equal('completed'));
  });

  it('tells nothing through Redis once no page is open', async () => {
    const redis = new Redis(fleet.redis.url);
    const told = async () => [...(await redis.keys('*:replica:*:requests')), ...(await redis.keys('*:replica:*:watched'))];
    await eventually(async () => expect(await told()).to.deep.equal([]));
    await (await ask(1, 60)).text();
    expect(await told()).to.deep.equal([]);
    redis.disconnect();
  });

  it('shows to a page that is opened later what began before, and ends it from there', async () => {
    const answer = await ask(1, 100_000);
    page = watch(0);
    await eventually(() => expect(statusOf(idOf(answer))).to.equal('running'));
    const ended = await fetch(`${fleet.coordinators[0]?.url}/api/coordinator/requests/${idOf(answer)}`, { method: 'DELETE' });
    expect(ended.status).to.equal(204);
    await answer.text();
    await eventually(() => expect(statusOf(idOf(answer))).to.equal('cancelled'));
  });

  it('shows no request that died with its replica', async () => {
    page = watch(0);
    const answer = await ask(1, 100_000);
    await eventually(() => expect(statusOf(idOf(answer))).to.equal('running'));
    fleet.coordinators[1]?.program.signal('SIGKILL');
    await answer.text().catch(() => '');
    await eventually(() => expect(statusOf(idOf(answer))).to.equal(undefined));
    expect(page.state()?.agents.size).to.equal(1);
  });
});
