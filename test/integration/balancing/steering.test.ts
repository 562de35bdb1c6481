import { expect } from 'chai';
import WebSocket from 'ws';
import { eventually } from '../../support/eventually.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', sizeBytes: 40e9, decodeTokensPerS: 2000, loadMs: 200 }] } as const;

interface Reply {
  readonly agent: string | null;
  readonly why: string;
}

describe('requests with other load options', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  const events: { type: string; detail?: string }[] = [];
  let socket: WebSocket | undefined;
  before(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_BALANCER: 'round-robin' },
      agents: ['a', 'b'].map((name) => ({ name, ollama: OLLAMA })),
    });
    socket = new WebSocket(`${fleet.url.replace('http', 'ws')}/ws/dashboard`);
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { events?: typeof events };
      events.push(...(message.events ?? []));
    });
  });
  after(async () => {
    socket?.terminate();
    await fleet.close();
  });

  async function ask(options: object): Promise<Reply> {
    const reply = await fleet.post('/api/generate', { model: 'tiny', prompt: 'x', stream: false, options: { num_predict: 1, ...options } });
    expect(reply.status, await reply.text()).to.equal(200);
    return { agent: reply.headers.get('x-coordinator-agent'), why: reply.headers.get('x-coordinator-why') ?? '' };
  }
  const loads = () => fleet.agents.reduce((sum, { ollama }) => sum + (ollama?.stats.loads ?? 0), 0);
  /** The coordinator knows of as many runners. */
  const runnersBecome = (count: number) =>
    eventually(async () => expect((await fleet.listAgents()).flatMap(({ runners }) => runners)).to.have.length(count), { withinMs: 5000 });

  it('go each to the agent that has its runner, however they alternate; the header says what that saved', async () => {
    const replies = [await ask({ num_ctx: 4096 })];
    await runnersBecome(1);
    replies.push(await ask({ num_ctx: 8192 }));
    await runnersBecome(2);
    for (let index = 0; index < 10; index += 1) replies.push(await ask({ num_ctx: index % 2 === 0 ? 4096 : 8192 }));
    expect(loads()).to.equal(2);
    const homes = [4096, 8192].map(
      (_, remainder) => new Set(replies.filter((_reply, index) => index % 2 === remainder).map(({ agent }) => agent)),
    );
    expect(homes.map((home) => home.size)).to.deep.equal([1, 1]);
    expect(replies.at(-1)?.why).to.match(/^round-robin: .*; [ab] would have reloaded 40\.0 GB \(num_ctx=4096 to num_ctx=8192\)$/);
  });

  it('are told of in events and counted', async () => {
    await eventually(() => {
      expect(events.find(({ type }) => type === 'reload_avoided')?.detail).to.match(/^[ab] would have reloaded 40\.0 GB \(num_ctx=/);
    });
    const metrics = await (await fetch(`${fleet.url}/metrics`)).text();
    expect(metrics).to.match(/ollama_coordinator_reloads_avoided_total\{model="tiny:latest"\} 1[01]\n/);
  });

  it('get the num_ctx in memory where an operator wants that, and everything else as they sent it', async () => {
    const patched = await fetch(`${fleet.url}/api/coordinator/settings`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ raise_num_ctx: ['tiny'] }),
    });
    expect(patched.status).to.equal(200);
    const before = loads();
    const { why } = await ask({ num_ctx: 2048, seed: 7 });
    expect(why).to.match(/^num_ctx 2048 became 4096: [ab] would have reloaded 40\.0 GB \(num_ctx=4096 to num_ctx=2048\); round-robin: /);
    expect((await ask({})).why).to.match(/^num_ctx unset became 4096: [ab] would have reloaded /);
    expect(loads()).to.equal(before);
    const bodies = fleet.agents.flatMap(({ ollama }) => ollama?.requests.map(({ body }) => body) ?? []);
    expect(bodies).to.deep.include({ model: 'tiny', prompt: 'x', stream: false, options: { num_predict: 1, num_ctx: 4096, seed: 7 } });
  });
});
