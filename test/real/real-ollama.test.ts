import { expect } from 'chai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { eventually } from '../support/eventually.js';
import { type RealOllama, startRealOllama } from '../support/real-ollama/start-real-ollama.js';
import { agentBecomes, type Fleet, startFleet } from '../support/start-fleet.js';

/** The characters that the model's answers tell apart. */
const ECHOES = 'abcdefghijklmnopqrstuvwxyz0123456789';

describe('two real Ollamas behind two agents', function () {
  this.timeout(180_000);
  let ollamas: RealOllama[] = [];
  let fleet: Fleet;
  let ollama: Ollama;
  let openai: OpenAI;

  before(async () => {
    ollamas = await Promise.all([0, 1].map(() => startRealOllama({ models: ['tiny', 'tiny-embed', 'slow'], numParallel: 4 })));
    fleet = await startFleet({
      env: { COORDINATOR_AGENT_TTL_MS: '3000' },
      agents: ollamas.map(({ url }, index) => ({
        name: `real-${index}`,
        ollama: url,
        env: { AGENT_SLOTS: '4', AGENT_HEARTBEAT_MS: '500' },
      })),
    });
    ollama = new Ollama({ host: fleet.url });
    openai = new OpenAI({ baseURL: `${fleet.url}/v1`, apiKey: 'unused' });
  });
  after(async () => {
    await fleet?.close();
    await Promise.all(ollamas.map((one) => one.close()));
  });

  it('npm ollama: chat, in one piece and streamed', async () => {
    const request = { model: 'tiny', messages: [{ role: 'user', content: 'hello k' }], options: { num_predict: 4 } };
    expect((await ollama.chat(request)).message.content).to.equal(' echo-k the sky is');
    let text = '';
    for await (const part of await ollama.chat({ ...request, stream: true })) text += part.message.content;
    expect(text).to.equal(' echo-k the sky is');
  });

  it('npm ollama: generate, embed, list, version', async () => {
    const { response, eval_count: tokens } = await ollama.generate({ model: 'tiny', prompt: 'hello m', options: { num_predict: 3 } });
    expect({ response, tokens }).to.deep.equal({ response: ' echo-m the sky', tokens: 3 });
    const { embeddings } = await ollama.embed({ model: 'tiny-embed', input: ['one', 'two'] });
    expect(embeddings).to.have.lengthOf(2);
    expect(embeddings[0]?.length).to.be.above(10);
    expect((await ollama.list()).models.map((model) => model.name).sort()).to.deep.equal([
      'slow:latest',
      'tiny-embed:latest',
      'tiny:latest',
    ]);
    expect((await ollama.version()).version).to.match(/^\d+\.\d+/);
  });

  it('npm openai: chat, completions and embeddings, in one piece and streamed', async () => {
    const messages = [{ role: 'user' as const, content: 'hello p' }];
    const whole = await openai.chat.completions.create({ model: 'tiny', messages, max_tokens: 4 });
    expect(whole.choices[0]?.message.content).to.equal(' echo-p the sky is');
    let text = '';
    for await (const part of await openai.chat.completions.create({ model: 'tiny', messages, max_tokens: 4, stream: true }))
      text += part.choices[0]?.delta.content ?? '';
    expect(text).to.equal(' echo-p the sky is');
    expect((await openai.completions.create({ model: 'tiny', prompt: 'hello r', max_tokens: 3 })).choices[0]?.text).to.equal(
      ' echo-r the sky',
    );
    expect((await openai.embeddings.create({ model: 'tiny-embed', input: 'one' })).data[0]?.embedding.length).to.be.above(10);
  });

  it('clients get the errors they know: an unknown model', async () => {
    const failures = await Promise.all([
      ollama.chat({ model: 'nope-x', messages: [] }).catch((error: Error) => error.message),
      openai.chat.completions
        .create({ model: 'nope-x', messages: [{ role: 'user', content: 'hi' }] })
        .catch((error: Error) => error.constructor.name),
    ]);
    expect(failures[0]).to.match(/model 'nope-x' not found/);
    expect(failures[1]).to.equal('NotFoundError');
  });

  it('never crosses answers: 100 at once, each with its own echo, over both agents', async () => {
    const agents = new Set<string | null>();
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const character = ECHOES[index % ECHOES.length] ?? '';
        const response = await fleet.post('/api/generate', {
          model: 'tiny',
          prompt: `number ${index} ${character}`,
          stream: index % 2 === 0,
          options: { num_predict: 6 },
        });
        agents.add(response.headers.get('x-coordinator-agent'));
        const records = (await response.text()).trimEnd().split('\n');
        return { character, text: records.map((record) => (JSON.parse(record) as { response: string }).response).join('') };
      }),
    );
    for (const { character, text } of answers) expect(text).to.equal(` echo-${character} the sky is blue because`);
    expect(agents.size).to.equal(2);
  });

  it('stops Ollama when the client leaves a streamed answer', async () => {
    const controller = new AbortController();
    const response = await fetch(`${fleet.url}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model: 'slow', prompt: 'go a', options: { num_predict: 400 } }),
      signal: controller.signal,
    });
    await response.body?.getReader().read();
    await eventually(async () => expect(await inFlight(fleet)).to.equal(1));
    controller.abort();
    const leftMs = performance.now();
    await eventually(async () => expect(await inFlight(fleet)).to.equal(0), { withinMs: 2000 });
    expect(performance.now() - leftMs).to.be.below(1500);
  });

  it('ends a stream in an error record when its agent is killed, and goes on with the other', async () => {
    const response = await fleet.post('/api/generate', { model: 'slow', prompt: 'go b', options: { num_predict: 300 } });
    const name = response.headers.get('x-coordinator-agent') ?? '';
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader?.read())?.value ?? '';
    fleet.agents.find((agent) => agent.name === name)?.program.signal('SIGKILL');
    for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) text += chunk.value;
    expect(JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')).to.have.property('error');
    const again = await ollama.generate({ model: 'tiny', prompt: 'hello z', options: { num_predict: 2 } });
    expect(again.response).to.equal(' echo-z the');
    await fleet.restartAgent(name);
    await agentBecomes(fleet, name, 'online');
  });
});

async function inFlight(fleet: Fleet): Promise<number> {
  return (await fleet.listAgents()).reduce((count, agent) => count + agent.in_flight, 0);
}
