import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { agentBecomes, type Fleet, startFleet } from '../support/start-fleet.js';

const OLLAMA = { models: [{ name: 'tiny', kind: 'completion', decodeTokensPerS: 100, loadMs: 10 }] } as const;

describe('P4: health decides who serves', function () {
  this.timeout(90_000);
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ agents: ['one', 'two'].map((name) => ({ name, ollama: OLLAMA })) });
  });
  afterEach(() => fleet.close());

  const ask = (extra: object = {}) =>
    fleet.post('/api/generate', { model: 'tiny', prompt: 'x', stream: false, options: { num_predict: 2 }, ...extra });
  const readStream = async (response: Response) => {
    const lines = (await response.text()).trimEnd().split('\n');
    const records = lines.map((line) => JSON.parse(line) as { response?: string; done?: boolean; error?: string });
    return { records, last: records.at(-1), text: records.map((record) => record.response ?? '').join('') };
  };
  const program = (name: string) => {
    const agent = fleet.agents.find((candidate) => candidate.name === name);
    if (!agent) throw new Error(`no agent ${name}`);
    return agent;
  };

  it('loses no request when an agent is killed before it answers, and shows it offline', async () => {
    program('one').program.signal('SIGKILL');
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
    expect(answers.map((answer) => answer.status)).to.deep.equal(Array(10).fill(200));
    await agentBecomes(fleet, 'one', 'offline');
  });

  it('notices a frozen agent, sends requests elsewhere, and takes it back when it goes on', async () => {
    program('one').program.signal('SIGSTOP');
    await agentBecomes(fleet, 'one', 'offline', 10_000);
    for (let index = 0; index < 4; index += 1) expect((await ask()).headers.get('x-coordinator-agent')).to.equal('two');
    program('one').program.signal('SIGCONT');
    await agentBecomes(fleet, 'one', 'online');
  });

  it('goes on with a stream on the other agent when its agent is killed, word for word', async () => {
    const request = { stream: true, options: { num_predict: 60 } };
    const whole = await readStream(await ask(request));
    const response = await ask(request);
    program(response.headers.get('x-coordinator-agent') ?? '').program.signal('SIGKILL');
    const stream = await readStream(response);
    expect(stream.text).to.equal(whole.text);
    expect(stream.last).to.include({ done: true, eval_count: 60 });
  });

  it('ends a stream in an error record when its agent is killed and nobody may continue it', async () => {
    const response = await ask({ stream: true, format: 'json', options: { num_predict: 500 } });
    program(response.headers.get('x-coordinator-agent') ?? '').program.signal('SIGKILL');
    const { last, records } = await readStream(response);
    expect(last)
      .to.have.property('error')
      .that.matches(/broke off/);
    expect(records.filter(({ done }) => done)).to.have.lengthOf(0);
  });

  it('keeps an agent whose Ollama is dead out, though the agent lives', async () => {
    await program('one').ollama?.close();
    await eventually(async () => expect((await fleet.listAgents()).find((agent) => agent.name === 'one')?.ollama_up).to.equal(false));
    for (let index = 0; index < 6; index += 1) expect((await ask()).headers.get('x-coordinator-agent')).to.equal('two');
  });

  it('says in a sentence that all are offline, with when to come back', async () => {
    for (const name of ['one', 'two']) program(name).program.signal('SIGKILL');
    await Promise.all(['one', 'two'].map((name) => agentBecomes(fleet, name, 'offline')));
    const response = await ask();
    expect(response.status).to.equal(503);
    expect(Number(response.headers.get('retry-after'))).to.be.at.least(1);
    expect(await response.json())
      .to.have.property('error')
      .that.matches(/all agents that have tiny:latest are offline.*one.*two|all agents that have tiny:latest are offline.*two.*one/);
  });

  it('drains an agent on request and takes it back', async () => {
    const [one] = await fleet.listAgents().then((agents) => agents.filter((agent) => agent.name === 'one'));
    await fleet.post(`/api/agents/${one?.id}/drain`, {});
    await agentBecomes(fleet, 'one', 'draining');
    for (let index = 0; index < 4; index += 1) expect((await ask()).headers.get('x-coordinator-agent')).to.equal('two');
    await fetch(`${fleet.url}/api/agents/${one?.id}/drain`, { method: 'DELETE' });
    await agentBecomes(fleet, 'one', 'online');
  });

  it('stops Ollama when the client leaves, streaming or not', async () => {
    for (const stream of [true, false]) {
      const controller = new AbortController();
      const asked = fetch(`${fleet.url}/api/generate`, {
        method: 'POST',
        body: JSON.stringify({ model: 'tiny', prompt: 'x', stream, options: { num_predict: 2000 } }),
        signal: controller.signal,
      });
      const running = () =>
        fleet.agents.flatMap(
          (agent) => agent.ollama?.requests.filter((request) => request.path === '/api/generate' && request.end === 'open') ?? [],
        );
      await eventually(() => running().length > 0);
      controller.abort();
      await asked.catch(() => undefined);
      const leftMs = performance.now();
      await eventually(() => running().length === 0);
      expect(performance.now() - leftMs).to.be.below(1000);
    }
    await eventually(async () => expect((await fleet.listAgents()).map((agent) => agent.in_flight)).to.deep.equal([0, 0]));
  });
});
