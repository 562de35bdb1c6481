import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { eventually } from '../../support/eventually.js';
import type { Fault } from '../../support/simulated-ollama/faults.js';
import type { ModelSpec } from '../../support/simulated-ollama/index.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const TINY: ModelSpec = { name: 'tiny', decodeTokensPerS: 200, outputTokens: 60 };
/** Answers at once, and at length. */
const FLOOD: ModelSpec = { name: 'flood', outputTokens: 16_000 };
/** Leaves a test time between two tokens. */
const SLOW: ModelSpec = { name: 'slow', decodeTokensPerS: 40, outputTokens: 40 };
const ABLE: ModelSpec = { name: 'able', decodeTokensPerS: 200, outputTokens: 40, capabilities: ['tools', 'thinking', 'vision'] };
const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
const MESSAGES = [{ role: 'user', content: 'go on, w' }];
const RESET: Fault = { kind: 'reset-after', tokens: 10 };

type Line = Record<string, unknown>;

/** The records of a stream, `[DONE]` left out. */
function recordsOf(stream: string): Line[] {
  const lines = stream.split('\n').filter((line) => line !== '' && line !== 'data: [DONE]');
  return lines.map((line) => JSON.parse(line.replace(/^data: /, '')) as Line);
}

function textOf(stream: string): string {
  return recordsOf(stream)
    .map((record) => {
      const { message, response, choices } = record as { message?: Line; response?: string; choices?: { delta: Line }[] };
      return message?.content ?? response ?? choices?.[0]?.delta.content ?? '';
    })
    .join('');
}

interface Asked {
  readonly stream: string;
  readonly id: string;
}

/** Every Ollama of the fleet has the fault until one of them has begun to answer. */
async function askBroken(
  fleet: Fleet,
  path: string,
  body: object,
  fault: Fault = RESET,
  headers: Record<string, string> = {},
): Promise<Asked> {
  addFault(fleet, path, fault);
  try {
    const response = await fleet.post(path, body, headers);
    clearFaults(fleet);
    return { stream: await response.text(), id: response.headers.get('x-coordinator-request-id') ?? '' };
  } finally {
    clearFaults(fleet);
  }
}

function addFault(fleet: Fleet, path: string, fault: Fault = RESET): void {
  for (const { ollama } of fleet.agents) ollama?.faults.add({ fault, match: { path } });
}

function clearFaults(fleet: Fleet): void {
  for (const { ollama } of fleet.agents) ollama?.faults.clear();
}

const ask = async (fleet: Fleet, path: string, body: object) => (await fleet.post(path, body)).text();

/** Continuations under way on any Ollama of the fleet. */
const continuations = (fleet: Fleet) =>
  fleet.agents.flatMap(({ ollama }) => ollama?.requests.filter((one) => one.path === '/api/generate' && one.end === 'open') ?? []);

/** The request in the history; it comes there a moment after its end. */
function recordOf(fleet: Fleet, id: string): Promise<Line> {
  return eventually(async () => {
    const { requests } = (await (await fetch(`${fleet.url}/api/coordinator/requests?limit=5`)).json()) as { requests: Line[] };
    const record = requests.find((request) => request.id === id);
    if (!record) throw new Error(`request ${id} is not in the history`);
    return record;
  });
}

async function isAtRest(fleet: Fleet): Promise<void> {
  await eventually(async () => expect((await fleet.listAgents()).every((agent) => agent.in_flight === 0)).to.equal(true));
  const stats = (await (await fetch(`${fleet.url}/api/coordinator/stats`)).json()) as object;
  expect(stats).to.include({ waiting: 0, running: 0 });
}

describe('a stream whose agent goes away', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  before(async () => {
    fleet = await startFleet({
      agents: ['one', 'two', 'three'].map((name) => ({
        name,
        ollama: { models: [TINY, FLOOD, SLOW, ABLE, { name: 'odd', decodeTokensPerS: 200, digest: digestOf(name) }] },
      })),
    });
  });
  after(() => fleet.close());
  afterEach(() => isAtRest(fleet));

  const streams: readonly [string, string, object][] = [
    ['chat', '/api/chat', { messages: MESSAGES, options: { num_predict: 30, seed: 7 } }],
    ['chat to its natural end', '/api/chat', { messages: MESSAGES, think: false, keep_alive: '10m' }],
    ['generate', '/api/generate', { prompt: 'go on, w', system: 'be brief', options: { num_predict: 30 } }],
    [
      'generate, raw',
      '/api/generate',
      { prompt: '<|im_start|>user\nw<|im_end|>\n<|im_start|>assistant\n', raw: true, options: { num_predict: 30 } },
    ],
    ['/v1', '/v1/chat/completions', { messages: MESSAGES, max_tokens: 30, stream_options: { include_usage: true } }],
    ['/v1 with parts', '/v1/chat/completions', { messages: [{ role: 'user', content: [{ type: 'text', text: 'go on, w' }] }] }],
  ];
  for (const [name, path, fields] of streams) {
    it(`goes on elsewhere as if nothing had happened: ${name}`, async () => {
      const body = { model: 'tiny', stream: true, ...fields };
      const whole = await ask(fleet, path, body);
      const { stream, id } = await askBroken(fleet, path, body);
      expect(textOf(stream)).to.equal(textOf(whole));
      expect(recordsOf(stream)).to.have.lengthOf(recordsOf(whole).length);
      expect(await recordOf(fleet, id)).to.include({ status: 'completed', handovers: 1, attempts: 2, http_status: 200 });
    });
  }

  it('ends in the record that Ollama would write, with the counts of the whole', async () => {
    for (const [path, fields] of [
      ['/api/chat', { messages: MESSAGES }],
      ['/api/generate', { prompt: 'go on, w' }],
    ] as const) {
      const { stream } = await askBroken(fleet, path, { model: 'tiny', ...fields, options: { num_predict: 30 } });
      const records = recordsOf(stream);
      const last = records.at(-1) ?? {};
      expect(records.filter((record) => record.done === true)).to.have.lengthOf(1);
      expect(last).to.include({ model: 'tiny', done: true, done_reason: 'length', eval_count: 30 });
      expect(last).to.not.have.property('context');
      for (const name of ['total_duration', 'load_duration', 'prompt_eval_count', 'prompt_eval_duration', 'eval_duration'])
        expect(last[name], name).to.be.a('number').above(0);
    }
  });

  it('keeps id, creation and model of a /v1 stream, says the role once, and ends in usage and [DONE]', async () => {
    const body = { model: 'tiny', stream: true, messages: MESSAGES, max_tokens: 30, stream_options: { include_usage: true } };
    const { stream } = await askBroken(fleet, '/v1/chat/completions', body);
    const chunks = recordsOf(stream);
    for (const name of ['id', 'created', 'model', 'object', 'system_fingerprint'])
      expect(new Set(chunks.map((chunk) => chunk[name])).size, name).to.equal(1);
    expect(stream.match(/"role":/g)).to.have.lengthOf(1);
    expect(stream).to.match(/data: \[DONE\]\n\n$/);
    expect(chunks.at(-2)).to.have.nested.property('choices[0].finish_reason', 'length');
    const { usage } = chunks.at(-1) as { usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number } };
    expect(usage).to.include({ completion_tokens: 30, total_tokens: usage.prompt_tokens + 30 });
    expect(usage.prompt_tokens).to.be.above(0);
  });

  it('is asked for again with what is left, behind the text that was sent', async () => {
    await askBroken(fleet, '/api/chat', { model: 'tiny', messages: MESSAGES, keep_alive: '7m', options: { num_predict: 30, seed: 3 } });
    // Rendering the prompt and going on with it may fall into one millisecond, in that order.
    const sent = fleet.agents.flatMap(({ ollama }) => ollama?.requests ?? []).filter((request) => request.path === '/api/generate');
    const body = sent.reduce((latest, one) => (one.startedAtMs >= latest.startedAtMs ? one : latest)).body as {
      prompt: string;
      options: object;
    };
    // A reset may take the last of the ten tokens with it.
    const passedOn = (body.prompt.split('assistant\n').at(-1) ?? '').trim().split(' ').length;
    expect(passedOn).to.be.within(1, 10);
    expect(body).to.include({ model: 'tiny', raw: true, stream: true, keep_alive: '7m' });
    expect(body.options).to.deep.equal({ num_predict: 30 - passedOn, seed: 3 });
    expect(body.prompt).to.match(/^<\|im_start\|>user\ngo on, w<\|im_end\|>\n<\|im_start\|>assistant\n echo-w the sky /);
  });

  it('ends in an error record when the second agent goes away too: what brings two down is sent to no third', async () => {
    addFault(fleet, '/api/chat');
    const response = await fleet.post('/api/chat', { model: 'slow', messages: MESSAGES });
    clearFaults(fleet);
    addFault(fleet, '/api/generate');
    const stream = await response.text();
    clearFaults(fleet);
    expect(recordsOf(stream), '10 of the first agent, 10 of the second, the error').to.have.lengthOf(21);
    expect(stream).to.match(/\n\{"error":"the answer broke off[^\n]*"\}\n$/);
    expect(stream).to.not.include('"done":true');
    const record = await recordOf(fleet, response.headers.get('x-coordinator-request-id') ?? '');
    expect(record).to.include({ status: 'failed', error_code: 'STREAM_BROKEN', handovers: 1 });
  });

  it('goes on after thousands of tokens, but not after more text than is kept', async () => {
    const body = { model: 'flood', messages: MESSAGES };
    const whole = await ask(fleet, '/api/chat', body);
    const early = await askBroken(fleet, '/api/chat', body, { kind: 'reset-after', tokens: 4000 });
    expect(textOf(early.stream)).to.equal(textOf(whole));
    const { stream } = await askBroken(fleet, '/api/chat', body, { kind: 'reset-after', tokens: 15_000 });
    expect(stream).to.match(/\n\{"error":"the answer broke off/);
  });

  it('lets the client leave while it goes on', async () => {
    const controller = new AbortController();
    addFault(fleet, '/api/chat');
    const response = await fetch(`${fleet.url}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({ model: 'slow', messages: MESSAGES }),
      signal: controller.signal,
    });
    clearFaults(fleet);
    await eventually(() => continuations(fleet).some(({ tokens }) => tokens > 5));
    controller.abort();
    await response.text().catch(() => undefined);
    await eventually(() => continuations(fleet).length === 0);
    const id = response.headers.get('x-coordinator-request-id') ?? '';
    expect(await recordOf(fleet, id)).to.include({ status: 'cancelled', handovers: 1 });
  });

  const OK_TOOLS = [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }];
  const refusals: readonly [string, string, object, Record<string, string>?][] = [
    ['tools', '/api/chat', { messages: MESSAGES, tools: OK_TOOLS }],
    ['tools of /v1', '/v1/chat/completions', { messages: MESSAGES, tools: OK_TOOLS }],
    ['thinking', '/api/chat', { messages: MESSAGES, think: true }],
    ['thinking of /v1', '/v1/chat/completions', { messages: MESSAGES, reasoning_effort: 'high' }],
    ['a format', '/api/chat', { messages: MESSAGES, format: 'json' }],
    ['a format of generate', '/api/generate', { prompt: 'w', format: 'json' }],
    ['a format of /v1', '/v1/chat/completions', { messages: MESSAGES, response_format: { type: 'json_object' } }],
    ['images', '/api/chat', { messages: [{ role: 'user', content: 'w', images: ['aGk='] }] }],
    ['logprobs', '/api/chat', { messages: MESSAGES, logprobs: true }],
    ['several answers', '/v1/chat/completions', { messages: MESSAGES, n: 2 }],
    ['context', '/api/generate', { prompt: 'w', context: [1, 2, 3] }],
    ['suffix', '/api/generate', { prompt: 'w', suffix: 'x' }],
    ['the header', '/api/chat', { messages: MESSAGES }, { 'x-coordinator-handover': 'off' }],
    ['a pin', '/api/chat', { messages: MESSAGES }, { 'x-coordinator-pin': 'one' }],
    ['another route', '/v1/completions', { prompt: 'w' }],
    ['Anthropic’s route', '/v1/messages', { messages: MESSAGES, max_tokens: 30 }],
  ];
  for (const [name, path, fields, headers] of refusals) {
    it(`ends in an error record with ${name}`, async () => {
      const { stream, id } = await askBroken(fleet, path, { model: 'able', stream: true, ...fields }, RESET, headers);
      expect(stream).to.match(/the answer broke off: agent [^\n]*\n+$/);
      expect(stream).to.not.match(/"done":true|\[DONE\]|message_stop/);
      expect(await recordOf(fleet, id))
        .to.include({ status: 'failed', error_code: 'STREAM_BROKEN' })
        .and.to.not.have.property('handovers');
    });
  }

  it('ends in an error record when the others have other weights under the name', async () => {
    const { stream } = await askBroken(fleet, '/api/chat', { model: 'odd', messages: MESSAGES });
    expect(stream).to.match(/\{"error":"the answer broke off/);
  });

  it('is iterated to its end by the official clients', async () => {
    const ollama = new Ollama({ host: fleet.url });
    const openai = new OpenAI({ baseURL: `${fleet.url}/v1`, apiKey: 'none' });
    const whole = textOf(await ask(fleet, '/api/chat', { model: 'tiny', messages: MESSAGES }));
    const faulty = async <T>(path: string, start: () => Promise<T>): Promise<T> => {
      addFault(fleet, path);
      const started = await start();
      clearFaults(fleet);
      return started;
    };
    let text = '';
    for await (const part of await faulty('/api/chat', () => ollama.chat({ model: 'tiny', messages: MESSAGES, stream: true })))
      text += part.message.content;
    expect(text).to.equal(whole);
    text = '';
    for await (const part of await faulty('/api/generate', () => ollama.generate({ model: 'tiny', prompt: 'go on, w', stream: true })))
      text += part.response;
    expect(text).to.equal(whole);
    text = '';
    const messages = [{ role: 'user', content: 'go on, w' }] as const;
    const chat = () => openai.chat.completions.create({ model: 'tiny', messages: [...messages], stream: true });
    for await (const chunk of await faulty('/v1/chat/completions', chat)) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).to.equal(whole);
  });

  it('counts what became of the streams', async () => {
    const metrics = await (await fetch(`${fleet.url}/metrics`)).text();
    for (const result of ['completed', 'failed', 'cancelled', 'impossible'])
      expect(metrics).to.match(new RegExp(`^ollama_coordinator_handovers_total\\{result="${result}"\\} [1-9]`, 'm'));
  });
});

describe('a stream whose agent is killed or frozen', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({
      env: { COORDINATOR_STALL_TIMEOUT_MS: '800' },
      agents: ['one', 'two'].map((name) => ({ name, ollama: { models: [TINY] } })),
    });
  });
  afterEach(() => fleet.close());

  const body = { model: 'tiny', messages: MESSAGES, options: { num_predict: 50 } };

  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    it(`goes on after ${signal}`, async () => {
      const whole = await ask(fleet, '/api/chat', body);
      const response = await fleet.post('/api/chat', body);
      const name = response.headers.get('x-coordinator-agent');
      const agent = fleet.agents.find((one) => one.name === name);
      agent?.program.signal(signal);
      const stream = await response.text();
      agent?.program.signal('SIGCONT');
      expect(textOf(stream)).to.equal(textOf(whole));
      expect(recordsOf(stream).at(-1)).to.include({ done: true, eval_count: 50 });
    });
  }

  it('goes on when Ollama hangs within the answer', async () => {
    const whole = await ask(fleet, '/api/chat', body);
    const { stream } = await askBroken(fleet, '/api/chat', body, { kind: 'hang-after', tokens: 10 });
    expect(textOf(stream)).to.equal(textOf(whole));
  });

  it('drops a torn record and goes on behind the last whole one', async () => {
    const whole = await ask(fleet, '/api/chat', body);
    addFault(fleet, '/api/chat', { kind: 'drip', bytes: 37, everyMs: 2 });
    const response = await fleet.post('/api/chat', body);
    clearFaults(fleet);
    const name = response.headers.get('x-coordinator-agent');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let stream = '';
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      stream += part.value;
      if (stream.length > 1000) fleet.agents.find((one) => one.name === name)?.program.signal('SIGKILL');
    }
    expect(textOf(stream)).to.equal(textOf(whole));
  });
});

describe('a stream whose agent goes away, where nobody may continue it', function () {
  this.timeout(60_000);
  const ends = /\n\{"error":"the answer broke off[^\n]*"\}\n$/;
  const body = { model: 'tiny', messages: MESSAGES };

  it('ends in an error record when no Ollama renders prompts', async () => {
    const old = { version: '0.11.10', models: [TINY] };
    const fleet = await startFleet({ agents: ['one', 'two'].map((name) => ({ name, ollama: old })) });
    try {
      expect((await askBroken(fleet, '/api/chat', body)).stream).to.match(ends);
    } finally {
      await fleet.close();
    }
  });

  it('ends in an error record when hand-over is off', async () => {
    const agents = ['one', 'two'].map((name) => ({ name, ollama: { models: [TINY] } }));
    const fleet = await startFleet({ env: { COORDINATOR_HANDOVER: 'off' }, agents });
    try {
      expect((await askBroken(fleet, '/api/chat', body)).stream).to.match(ends);
    } finally {
      await fleet.close();
    }
  });
});
