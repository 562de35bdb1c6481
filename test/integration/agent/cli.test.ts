import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.js';
import { type FakeCoordinator, startFakeCoordinator } from '../../support/fake-coordinator.js';
import { type StubOllama, startStubOllama } from './stub-ollama.js';

const CLI = fileURLToPath(new URL('../../../../agent/core/dist/cli.js', import.meta.url));

describe('ollama-agent', () => {
  let coordinator: FakeCoordinator;
  let ollama: StubOllama;
  let dataDir: string;
  const started: ChildProcess[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'oc-cli-'));
    coordinator = await startFakeCoordinator();
    ollama = await startStubOllama();
  });

  afterEach(async () => {
    for (const child of started.splice(0)) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ollama.close();
    await coordinator.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  function run(...args: string[]) {
    const env = { PATH: process.env.PATH, HOME: dataDir, AGENT_DATA_DIR: dataDir, AGENT_LOG_LEVEL: 'silent' };
    const child = spawn(process.execPath, [CLI, ...args], { env });
    started.push(child);
    const output = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output.err += text;
    });
    const ended = once(child, 'close').then(([code]) => ({ ...output, code }));
    return { child, output, ended };
  }

  const addresses = () => ['--coordinator', coordinator.url, '--ollama', ollama.url];

  it('runs until it is told to stop, says when it is registered, and leaves cleanly', async () => {
    const { child, output, ended } = run('run', '--port', '0', '--name', 'my box', ...addresses());
    await eventually(() => output.out.includes('\n'), { withinMs: 8000 });
    expect(output.out).to.match(
      /^ollama-agent: registered with http:\/\/127\.0\.0\.1:\d+ as "my box" \(my-box-\d+-[0-9a-f]{6}\), serving Ollama 0\.32\.15/,
    );
    await eventually(() => coordinator.heartbeats.length > 0);
    child.kill('SIGTERM');
    expect(await ended).to.include({ code: 0, err: '' });
    expect(coordinator.leaves).to.have.length(1);
  });

  const failures: { name: string; args: () => string[]; says: RegExp }[] = [
    { name: 'a bad value', args: () => ['run', '--port', '70000'], says: /--port: must be at most 65535/ },
    { name: 'an unknown flag', args: () => ['run', '--prot', '1'], says: /Unknown option '--prot'; "ollama-agent help"/ },
    { name: 'an unknown command', args: () => ['ru'], says: /"ru" is not a command/ },
    { name: 'a taken port', args: () => ['run', '--port', `${ollama.port}`, ...addresses()], says: /port \d+ on 127\.0\.0\.1 is taken/ },
    { name: 'a status before any run', args: () => ['status'], says: /no agent has run here yet/ },
  ];
  for (const { name, args, says } of failures) {
    it(`ends with one sentence and no stack at ${name}`, async () => {
      const { code, err, out } = await run(...args()).ended;
      expect(code).to.equal(1);
      expect(err)
        .to.match(says)
        .and.not.match(/\n\s+at /);
      expect(out).to.equal('');
    });
  }

  it('says in words what is wrong when the coordinator does not know it', async () => {
    const { child, output, ended } = run('run', '--port', '0', ...addresses());
    await eventually(() => output.out.includes('\n'), { withinMs: 8000 });
    child.kill('SIGTERM');
    await ended;
    const { code, err } = await run('status', ...addresses()).ended;
    expect(code).to.equal(1);
    expect(err).to.contain('does not know agent').and.contain('ollama-agent run');
  });

  it('lists each setting with its flag and its variable', async () => {
    const { code, out } = await run('help').ended;
    expect(code).to.equal(0);
    expect(out).to.match(/--coordinator +AGENT_COORDINATOR_URL +Address of the coordinator\./);
  });
});
