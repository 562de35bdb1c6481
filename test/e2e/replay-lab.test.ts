import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const COORDINATOR = fileURLToPath(import.meta.resolve('#coordinator/main.js'));
const SECRET = 'the prompt that nobody may read';
const models = [
  { name: 'small', kind: 'completion', loadMs: 20, decodeTokensPerS: 400, prefillTokensPerS: 4000, outputTokens: 30, sizeBytes: 2e9 },
  { name: 'big', kind: 'completion', loadMs: 40, decodeTokensPerS: 200, prefillTokensPerS: 2000, outputTokens: 30, sizeBytes: 6e9 },
] as const;

describe('the replay lab', function () {
  this.timeout(120_000);
  let fleet: Fleet;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-replay-'));
    fleet = await startFleet({
      agents: ['one', 'two'].map((name) => ({ name, ollama: { models }, env: { AGENT_VRAM_BYTES: '8000000000' } })),
    });
    const ask = (model: string, more: object, headers: Readonly<Record<string, string>> = {}) =>
      fleet.post('/api/generate', { model, prompt: SECRET, stream: false, ...more }, headers);
    for (let turn = 0; turn < 3; turn += 1) {
      await ask('small', {}, { 'x-coordinator-session': `${SECRET} session` });
      await ask('big', { options: { num_ctx: 8192 } });
    }
  });
  after(async () => {
    await fleet.close();
    await rm(folder, { recursive: true, force: true });
  });

  const path = (name: string) => join(folder, name);
  const cli = (...words: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const child = execFile(process.execPath, [COORDINATOR, ...words], { cwd: folder }, (_failure, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });
  const live = (...words: string[]) => cli(...words, '--url', fleet.url);

  it('exports arrivals without prompts or names, the live fleet with its speeds, and runs the one on the other', async () => {
    const trace = await eventually(async () => {
      const { out } = await live('replay', 'export', '--since', '1h');
      return out.trim().split('\n').length === 7 ? out : false;
    });
    expect(trace).to.match(
      /^at_ms,model,num_ctx,caller,session,input_tokens,output_tokens\n0,small:latest,,caller-1,session-1,\d+,30\n\d+,big:latest,8192,/,
    );
    expect(trace).not.to.include('prompt').and.not.to.include('127.0.0.1');
    await writeFile(path('trace.csv'), trace);

    const { out: exported, code } = await live('replay', 'fleet');
    expect(code).to.equal(0);
    await writeFile(path('fleet.json'), exported);
    const { machines } = JSON.parse(exported) as { machines: { name: string; vram_gb: number; models: string[] }[] };
    expect(machines.map(({ name, vram_gb, models: names }) => [name, vram_gb, names.sort()])).to.have.deep.members([
      ['one', 8, ['big:latest', 'small:latest']],
      ['two', 8, ['big:latest', 'small:latest']],
    ]);

    const run = ['replay', 'run', '--trace', 'trace.csv', '--fleet', 'fleet.json', '--balancer', 'round-robin,least-connections'];
    const ran = await cli(...run, '--add', 'three=one', '--json', 'out.json');
    expect(ran.err).to.equal('');
    expect(ran.code).to.equal(0);
    for (const row of ['round-robin, as it is', 'round-robin, changed', 'least-connections, changed']) expect(ran.out).to.include(row);

    const moved = await cli(...run.slice(0, -1), 'predictive', '--move', 'big=one:two', '--replicas', '2', '--seed', '3');
    expect(moved.err).to.equal('');
    for (const row of ['predictive, as it is', 'predictive, changed']) expect(moved.out).to.include(row);

    const { runs } = JSON.parse(await readFile(path('out.json'), 'utf8')) as { runs: Record<string, { completed: number }> };
    expect(Object.values(runs).map(({ completed }) => completed)).to.deep.equal([6, 6, 6, 6]);
  });

  for (const [what, words, code, says] of [
    ['an unknown action', ['replay', 'dance'], 1, /replay export/],
    ['a run without a trace', ['replay', 'run', '--fleet', 'office'], 2, /--trace is missing/],
    ['a malformed trace', ['replay', 'run', '--trace', 'bad.csv', '--fleet', 'office'], 2, /bad\.csv, line 2, field input_tokens/],
    [
      'a change that cannot be made',
      ['replay', 'run', '--trace', 'light', '--fleet', 'office', '--add', 'x=nobody'],
      2,
      /"nobody" is no machine/,
    ],
    ['a balancer that is not there', ['replay', 'run', '--trace', 'light', '--fleet', 'office', '--balancer', 'nobody'], 2, /nobody/],
    [
      'a figure file that cannot be written',
      ['replay', 'run', '--trace', 'light', '--fleet', 'office', '--json', 'no/o.json'],
      2,
      /--json: no\/o\.json/,
    ],
    ['a time that is none', ['replay', 'export', '--since', 'soon'], 1, /--since/],
  ] as const) {
    it(`answers ${what} in a sentence`, async () => {
      await writeFile(path('bad.csv'), 'at_ms,model,input_tokens,output_tokens\n0,a,x,1\n');
      const answer = await cli(...words);
      expect(answer.err).to.match(says);
      expect(answer.code).to.equal(code);
    });
  }
});
