import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { REPOSITORY } from '../support/repository.js';

const PROGRAM = join(REPOSITORY, 'test', 'dist', 'bench', 'fleet', 'main.js');
const AZURE = 'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n';
const TRACE = 'at_ms,model,num_ctx,caller,session,input_tokens,output_tokens\n0,a,,,,10,5\n40,b,,,,10,5\n';
const FLEET = {
  models: [
    { name: 'a', gb: 1 },
    { name: 'b', gb: 1 },
  ],
  machines: [{ name: 'm', prefill: 1000, decode: 50 }],
};

describe('bench:fleet', function () {
  this.timeout(60_000);
  let folder: string;
  const path = (name: string) => join(folder, name);
  const write = (name: string, content: string) => writeFile(path(name), content);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oc-bench-fleet-'));
    await write('trace.csv', TRACE);
    await write('fleet.json', JSON.stringify(FLEET));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = (...args: string[]) =>
    new Promise<{ code: number | null; output: string }>((resolve) => {
      const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.once('close', (code) => resolve({ code, output }));
    });
  const given = ['--trace', 'trace.csv', '--fleet', 'fleet.json'];

  it('writes the same bytes for the same seed', async () => {
    const balancer = ['--balancer', 'least-connections', '--replicas', '3'];
    for (const name of ['one.json', 'two.json']) expect((await run(...given, ...balancer, '--seed', '5', '--json', name)).code).to.equal(0);
    const [one, two] = await Promise.all(['one.json', 'two.json'].map((name) => readFile(path(name), 'utf8')));
    expect(one).to.equal(two);
    expect(JSON.parse(one ?? '')).to.deep.include({
      trace: 'trace.csv',
      fleet: 'fleet.json',
      balancer: 'least-connections',
      seed: 5,
      replicas: 3,
    });
    expect(JSON.parse(one ?? '')).to.deep.include({ requests: 2, completed: 2, lost: 0 });
  });

  it('takes the Azure traces as they are', async () => {
    await write('azure.csv', AZURE);
    const { code, output } = await run('--trace', 'azure.csv', '--fleet', 'fleet.json', '--balancer', 'predictive', '--json', 'out.json');
    expect(code, output).to.equal(0);
    expect(JSON.parse(await readFile(path('out.json'), 'utf8'))).to.include({
      trace: 'azure.csv',
      balancer: 'predictive',
      requests: 2,
      completed: 2,
    });
  });

  it('tells its flags', async () => {
    const { code, output } = await run('--help');
    expect(code).to.equal(0);
    for (const flag of ['--trace FILE', '--fleet FILE', '--balancer NAME', '--seed N', '--replicas R', '--json OUT', '--live'])
      expect(output).to.include(flag);
  });

  it('compares all balancers where none is named, the informed reference among them', async () => {
    const { code, output } = await run(...given, '--json', 'out.json');
    expect(code).to.equal(0);
    const { balancers } = JSON.parse(await readFile(path('out.json'), 'utf8')) as { balancers: object };
    expect(Object.keys(balancers)).to.include.members(['least-connections', 'round-robin', 'informed']);
    expect(output).to.include('least-connections');
  });

  it('runs the same trace through built programs in real time', async function () {
    this.timeout(240_000);
    const { code, output } = await run(...given, '--live', '--speed-up', '20', '--json', 'out.json');
    expect(code, output).to.equal(0);
    expect(output).to.include('20 times as fast');
    const report = JSON.parse(await readFile(path('out.json'), 'utf8'));
    expect(report).to.deep.include({ trace: 'trace.csv', fleet: 'fleet.json', balancer: 'predictive', speed_up: 20 });
    expect(report.targets.coordinator).to.include({ requests: 2, completed: 2, refused: 0, failed: 0, loads: 2, evictions: 0 });
    expect(report.targets.coordinator.ttft_ms.p50).to.be.a('number').above(0);
  });

  const refused: readonly [what: string, prepare: () => Promise<void>, args: readonly string[], says: RegExp][] = [
    ['a malformed trace', () => write('trace.csv', `${TRACE}7,a,,,,x,5\n`), [], /trace\.csv, line 4, field input_tokens/],
    ['a model that no machine has', () => write('trace.csv', `${TRACE}7,c,,,,1,5\n`), [], /trace\.csv, line 4, field model/],
    ['a malformed fleet', () => write('fleet.json', '{"models":[],"machines":[]}'), [], /fleet\.json, line 1, field models/],
    ['a file that is not there', async () => undefined, ['--trace', 'gone.csv'], /gone\.csv/],
    ['a balancer that is not there', async () => undefined, ['--balancer', 'nobody'], /nobody/],
    ['an unknown flag', async () => undefined, ['--fast'], /--fast/],
    ['an Azure time that is none', () => write('trace.csv', AZURE.replace(' 18:', ' 38:')), [], /trace\.csv, line 2, field TIMESTAMP/],
    ['a figure file that cannot be written', async () => undefined, ['--json', 'nowhere/out.json'], /--json: nowhere\/out\.json/],
    ['a trace too many', async () => undefined, ['--live', '--trace', 'other.csv'], /--live takes one --trace/],
    ['a seed that is no number', async () => undefined, ['--seed', 'x'], /--seed/],
  ];
  for (const [what, prepare, args, says] of refused) {
    it(`ends with 2 for ${what}`, async () => {
      await prepare();
      const { code, output } = await run(...given, ...args);
      expect(output).to.match(says);
      expect(code).to.equal(2);
    });
  }
});
