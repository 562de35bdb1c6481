import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { findFreePort } from '../support/find-free-port.js';
import { isAlive, type NpmStart, npmStart } from '../support/npm-start.js';
import { startSimulatedOllama } from '../support/simulated-ollama/index.js';

const run = promisify(execFile);
const CURL_LINE = /^ {2}(curl .*"model".*)$/m;

interface AgentEntry {
  readonly name: string;
  readonly status: string;
}

describe('npm start', function () {
  this.timeout(90_000);
  let runs: NpmStart[];
  let closers: (() => unknown)[];
  beforeEach(() => {
    runs = [];
    closers = [];
  });
  afterEach(async () => {
    for (const one of runs) await one.close();
    for (const close of closers) await close();
  });

  async function start(args: readonly string[], options: Parameters<typeof npmStart>[1] = {}): Promise<NpmStart> {
    const one = await npmStart(args, options);
    runs.push(one);
    return one;
  }

  async function simulate(options: Parameters<typeof startSimulatedOllama>[0] = {}) {
    const sim = await startSimulatedOllama({ models: [{ name: 'llama3.2' }], ...options });
    closers.push(() => sim.close());
    return sim;
  }

  const listAgents = async (url: string) => (await (await fetch(`${url}/api/agents`)).json()) as AgentEntry[];
  const runLine = async (line: string) => (await run('sh', ['-c', line.replace(/^curl /, 'curl -sS --max-time 30 ')])).stdout;

  it('prints the dashboard and a curl line that works as it stands', async () => {
    const sim = await simulate();
    const one = await start(['--ollama', sim.url]);
    const [, line = ''] = await one.until(CURL_LINE);
    const [, dashboard = ''] = await one.until(/Dashboard +(\S+)/);
    expect(dashboard).to.equal(`${one.url}/dashboard`);
    const page = await fetch(dashboard);
    expect(page.status).to.equal(200);
    expect(page.headers.get('content-type')).to.include('text/html');
    const records = (await runLine(line))
      .trim()
      .split('\n')
      .map((record) => JSON.parse(record) as { done: boolean; error?: string });
    expect(records.at(-1)).to.deep.include({ done: true });
  });

  it('leaves no process behind after SIGTERM', async () => {
    const sim = await simulate();
    const one = await start(['--ollama', sim.url]);
    await one.until(CURL_LINE);
    const pids = one.pids();
    expect(pids.length).to.be.at.least(3);
    expect(await one.stop()).to.equal(0);
    expect(pids.filter(isAlive)).to.deep.equal([]);
    expect(one.output()).to.include('Stopped.');
  });

  it('leaves no process behind when npm itself is told to stop', async () => {
    const one = await start(['--no-agent'], { byNpm: true });
    await one.until(/Ctrl-C stops everything/);
    const pids = one.pids();
    expect(pids.length).to.be.at.least(3);
    one.process.kill('SIGTERM');
    await eventually(() => expect(pids.filter(isAlive)).to.deep.equal([]), { withinMs: 15_000 });
  });

  it('is up without an Ollama, says what to do, and says when that has joined', async () => {
    const port = await findFreePort();
    const one = await start(['--ollama', `http://127.0.0.1:${port}`]);
    await one.until(/Ctrl-C stops everything/);
    expect(one.output()).to.include(`No Ollama answers at http://127.0.0.1:${port}: start it with "ollama serve"`);
    const [, early = ''] = await one.until(/^ {2}(curl .*)$/m);
    expect(JSON.parse(await runLine(early))).to.deep.equal({ models: [] });
    await simulate({ port });
    await one.until(/has joined/);
    const [, line = ''] = await one.until(CURL_LINE);
    expect(await runLine(line)).to.include('"done":true');
  });

  it('says so where an Ollama has no model', async () => {
    const sim = await simulate({ models: [] });
    const one = await start(['--ollama', sim.url]);
    await one.until(/There is no model yet: get one with "ollama pull/);
  });

  it('brings up three agents with --demo', async () => {
    const one = await start(['--demo']);
    const [, line = ''] = await one.until(CURL_LINE);
    await eventually(
      async () => {
        const agents = await listAgents(one.url);
        expect(agents.map(({ name }) => name).sort()).to.deep.equal(['demo-desk', 'demo-laptop', 'demo-rack']);
        expect(agents.map(({ status }) => status)).to.deep.equal(['online', 'online', 'online']);
      },
      { withinMs: 20_000 },
    );
    expect(await runLine(line)).to.include('"done":true');
    const pids = one.pids();
    expect(await one.stop()).to.equal(0);
    expect(pids.filter(isAlive)).to.deep.equal([]);
  });

  it('goes on with a sentence where the plug of the machine that speaks is pulled, and has the machine back', async () => {
    const one = await start(['--demo']);
    await one.until(/Pull a plug: type demo-rack and Enter/);
    const fleet = async () => (await listAgents(one.url)).map(({ name, status }) => `${name} ${status}`).sort();
    const all = ['demo-desk online', 'demo-laptop online', 'demo-rack online'];
    await eventually(async () => expect(await fleet()).to.deep.equal(all), { withinMs: 20_000 });
    const ask = (stream: boolean) =>
      fetch(`${one.url}/api/generate`, {
        method: 'POST',
        body: JSON.stringify({ model: 'llama3.2', prompt: 'Why is the sky blue?', stream }),
      });
    const uncut = ask(false).then((response) => response.json() as Promise<{ response: string }>);
    const answer = await ask(true);
    const speaker = answer.headers.get('x-coordinator-agent') ?? '';
    const records: { response: string; done: boolean; error?: string; eval_count?: number }[] = [];
    for await (const line of createInterface({ input: Readable.fromWeb(answer.body as ReadableStream) })) {
      records.push(JSON.parse(line));
      if (records.length === 5) one.type(speaker);
    }
    expect(records.at(-1)).to.include({ done: true, eval_count: 300 });
    const told = records.map(({ response }) => response).join('');
    expect(told).to.equal((await uncut).response);
    expect(one.output()).to.include(`${speaker} is dead`);
    await eventually(async () => expect(await fleet()).to.include(`${speaker} offline`), { withinMs: 30_000 });
    one.type('demo-attic');
    await one.until(/"demo-attic" is no machine of this demo; these are: demo-desk, demo-rack, demo-laptop/);
    one.type(speaker);
    await eventually(async () => expect(await fleet()).to.deep.equal(all), { withinMs: 30_000 });
  });

  it('lets the coordinator host an Ollama elsewhere', async () => {
    const sim = await simulate();
    const one = await start(['--no-agent', '--ollama', `nas=${sim.url}`]);
    await one.until(CURL_LINE);
    expect((await listAgents(one.url)).map(({ name }) => name)).to.deep.equal(['nas']);
  });

  it('asks for keys where that is set, and prints a line that carries one', async () => {
    const sim = await simulate();
    const one = await start(['--ollama', sim.url], { env: { COORDINATOR_AUTH: 'on' } });
    const [, line = ''] = await one.until(CURL_LINE);
    expect((await fetch(`${one.url}/api/tags`)).status).to.equal(401);
    expect(one.output()).to.match(/Join token \S{16,}/);
    expect(await runLine(line)).to.include('"done":true');
  });

  it("passes on the coordinator's sentence about a port that is taken, without a stack", async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    closers.push(() => other.close());
    const address = other.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const one = await start(['--port', `${address.port}`, '--no-agent']);
    expect(await one.ended).to.equal(1);
    expect(one.output())
      .to.match(new RegExp(`port ${address.port} on 127.0.0.1 is taken`))
      .and.not.match(/\n\s+at /);
  });

  it('reports a program that dies with its last words, and ends the rest', async () => {
    const sim = await simulate();
    const one = await start(['--ollama', sim.url]);
    await one.until(CURL_LINE);
    const pids = one.pids();
    const [agent] = await agentPids(one);
    process.kill(agent ?? 0, 'SIGKILL');
    expect(await one.ended).to.equal(1);
    expect(one.output()).to.match(/The agent ended \(SIGKILL\)/);
    await eventually(() => expect(pids.filter(isAlive)).to.deep.equal([]));
  });

  it('takes everything with it when it is killed itself', async () => {
    const sim = await simulate();
    const one = await start(['--ollama', sim.url]);
    await one.until(CURL_LINE);
    const pids = one.pids();
    await one.stop('SIGKILL');
    await eventually(() => pids.filter(isAlive).length === 0, { withinMs: 20_000, everyMs: 50 });
  });

  for (const args of [['--prot', '8080'], ['up'], ['--ollama', 'nas']]) {
    it(`refuses ${args.join(' ')} with the list of flags`, async () => {
      const one = await start(args);
      expect(await one.ended).to.equal(2);
      expect(one.output())
        .to.include('--no-agent')
        .and.not.match(/\n\s+at /);
    });
  }

  async function agentPids(one: NpmStart): Promise<number[]> {
    const pids = one.pids();
    const { stdout } = await run('ps', ['-o', 'pid=,args=', '-p', pids.join(',')]);
    return stdout
      .split('\n')
      .filter((line) => line.includes('cli.js run'))
      .map((line) => Number.parseInt(line, 10));
  }
});
