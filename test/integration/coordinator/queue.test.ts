import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { eventually } from '../../support/eventually.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10 }] } as const;

interface Queue {
  readonly waiting: number;
  readonly lines: readonly {
    readonly signature: string;
    readonly waiting: number;
    readonly callers: readonly { readonly caller: string; readonly waiting: number }[];
    readonly requests: readonly { readonly id: string; readonly position: number; readonly expected_wait_ms: number }[];
  }[];
}

describe('the queue, as an operator sees it', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({ agents: [{ name: 'one', ollama: OLLAMA }] });
  });
  after(() => fleet.close());

  const ask = (tokens: number, stream = false) =>
    fleet.post('/api/generate', { model: 'tiny', prompt: 'x', stream, options: { num_predict: tokens } });
  const queue = async () => (await (await fetch(`${fleet.url}/api/coordinator/queue`)).json()) as Queue;
  const cancel = async (id: string) => (await fetch(`${fleet.url}/api/coordinator/requests/${id}`, { method: 'DELETE' })).status;
  const isRunning = () => fleet.agents[0]?.ollama?.requests.some((request) => request.end === 'open') ?? false;
  const recorded = async (id: string) => {
    const { requests } = (await (await fetch(`${fleet.url}/api/coordinator/requests`)).json()) as {
      requests: { id: string; status: string; error_code?: string }[];
    };
    return requests.find((request) => request.id === id);
  };

  it('lists what waits in order, with the expected wait, and is empty at rest', async () => {
    const answers = Array.from({ length: 4 }, () => ask(60));
    const [line] = await eventually(async () => {
      const { lines } = await queue();
      expect(lines[0]?.waiting).to.equal(3);
      return lines;
    });
    expect(line?.signature).to.match(/^tiny/);
    expect(line?.callers).to.have.lengthOf(1);
    expect(line?.requests.map(({ position }) => position)).to.deep.equal([1, 2, 3]);
    expect(line?.requests[2]?.expected_wait_ms).to.be.above(line?.requests[0]?.expected_wait_ms ?? 0);
    expect((await Promise.all(answers)).map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    expect(await queue()).to.include({ waiting: 0 });
  });

  it('tells the dashboard at which place a request waits, and for how long it expects to', async () => {
    const page = new WebSocket(`${fleet.url.replace('http', 'ws')}/ws/dashboard`, ['ollama-coordinator']);
    const heard: string[] = [];
    page.on('message', (data) => heard.push(String(data)));
    await once(page, 'open');
    const running = ask(10_000, true);
    await eventually(isRunning);
    const waiting = [ask(1), ask(1)];
    await eventually(() => expect(heard.join('\n')).to.match(/"status":"queued"[^{}]*"queue_position":2,"expected_wait_ms":\d/));
    expect(await cancel((await running).headers.get('x-coordinator-request-id') ?? '')).to.equal(204);
    expect((await Promise.all(waiting)).map(({ status }) => status)).to.deep.equal([200, 200]);
    page.terminate();
  });

  it('ends a request that waits', async () => {
    // It runs for as long as the test needs it.
    const running = ask(10_000, true);
    await eventually(isRunning);
    const waiting = ask(1);
    const id = await eventually(async () => (await queue()).lines[0]?.requests[0]?.id ?? false);
    expect(await cancel(id)).to.equal(204);
    const answer = await waiting;
    expect(answer.status).to.equal(503);
    expect(await answer.json()).to.deep.equal({ error: 'an operator of this coordinator cancelled the request' });
    await eventually(async () => expect(await recorded(id)).to.include({ status: 'cancelled', error_code: 'CANCELLED_BY_OPERATOR' }));
    expect(await cancel(id)).to.equal(404);
    const stream = await running;
    expect(await cancel(stream.headers.get('x-coordinator-request-id') ?? '')).to.equal(204);
    await stream.text();
    await eventually(() => !isRunning());
  });

  it('ends a request that runs, and Ollama stops working on it', async () => {
    const answer = await ask(1000, true);
    const id = answer.headers.get('x-coordinator-request-id') ?? '';
    expect(await cancel(id)).to.equal(204);
    const text = await answer.text();
    expect(text).to.match(/\n\{"error":"an operator of this coordinator cancelled the request"\}\n$/);
    expect(text).to.not.include('"done":true');
    await eventually(() => !isRunning());
    await eventually(async () => expect(await recorded(id)).to.include({ status: 'cancelled' }));
  });
});
