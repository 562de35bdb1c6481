import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentConfigSchema, loadConfigWithOrigins } from '@ollama-coordinator/common';
import { expect } from 'chai';
import { installService, type ServiceDeps, serviceState, uninstallService } from '#agent/service/install-service.js';
import { launchd } from '#agent/service/launchd.js';
import { createRunProgram } from '#agent/service/run-program.js';
import type { ServiceFacts, ServiceKind } from '#agent/service/service-kind.js';
import { taskScheduler } from '#agent/service/task-scheduler.js';
import { fakeSystemProgram } from '../../support/fake-system-program.js';

const CLI = fileURLToPath(new URL('../../../../agent/core/dist/cli.js', import.meta.url));
const LINK = 'http://coordinator:8080/join#token=join_abc';

describe('ollama-agent service', function () {
  // Each call of the command starts a program, which takes seconds on a busy machine.
  this.timeout(120_000);
  let home: string;
  let dataDir: string;
  let bin: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'oc-service-'));
    dataDir = join(home, '.ollama-agent');
    bin = join(home, 'bin');
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  function run(args: readonly string[], env: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
    const all = { PATH: `${bin}:/usr/bin:/bin`, HOME: home, AGENT_DATA_DIR: dataDir, ...env };
    return new Promise((resolve) => {
      execFile(process.execPath, [CLI, 'service', ...args, '--scope', 'user'], { env: all }, (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, err });
      });
    });
  }

  const unitPath = () => join(home, '.config/systemd/user/ollama-agent.service');
  const envPath = () => join(dataDir, 'service.env');

  it('installs a unit, with the link and the settings in a file for its owner only, and starts it', async () => {
    const systemctl = await fakeSystemProgram(bin, 'systemctl');
    const { code, out, err } = await run(['install', LINK, '--name', 'my box'], { HTTPS_PROXY: 'http://u:p@proxy:3128' });
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(out).to.contain('installed and started: systemd user unit').and.contain('loginctl enable-linger');
    expect(await readFile(unitPath(), 'utf8')).to.contain(`ExecStart="${process.execPath}" "${CLI}" "run"`);
    expect((await stat(envPath())).mode & 0o777).to.equal(0o600);
    const env = await readFile(envPath(), 'utf8');
    for (const line of [
      "AGENT_COORDINATOR_URL='http://coordinator:8080'",
      "AGENT_JOIN_TOKEN='join_abc'",
      "AGENT_NAME='my box'",
      "HTTPS_PROXY='http://u:p@proxy:3128'",
      `AGENT_DATA_DIR='${dataDir}'`,
    ])
      expect(env.split('\n')).to.include(line);
    expect(await systemctl.calls()).to.deep.equal([
      '--user show --property=Version',
      '--user daemon-reload',
      '--user enable --now ollama-agent.service',
    ]);
  });

  it('tells how it is, and removes it; the identity stays', async () => {
    const systemctl = await fakeSystemProgram(bin, 'systemctl', {
      '*ActiveState*': 'ActiveState=active\nSubState=running\nNRestarts=2\nActiveEnterTimestamp=Fri 2026-11-27 12:00:00 UTC',
    });
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'identity-11434.json'), '{}');
    await run(['install']);
    const status = await run(['status']);
    expect(status.out).to.contain('runs since Fri 2026-11-27 12:00:00 UTC, restarted 2 times');
    const { code, out } = await run(['uninstall']);
    expect({ code, unit: existsSync(unitPath()), env: existsSync(envPath()) }).to.deep.equal({ code: 0, unit: false, env: false });
    expect(existsSync(join(dataDir, 'identity-11434.json'))).to.equal(true);
    expect(out).to.contain(dataDir);
    expect((await systemctl.calls()).slice(-2)).to.deep.equal(['--user disable --now ollama-agent.service', '--user daemon-reload']);
    expect((await run(['status'])).err).to.contain('no service is installed here');
  });

  it('says that it does not run, why, and where to look', async () => {
    const words = 'ActiveState=failed\nSubState=failed\nResult=exit-code\nExecMainStatus=1\nNRestarts=0';
    await fakeSystemProgram(bin, 'systemctl', { '*ActiveState*': words });
    await run(['install']);
    const { code, err } = await run(['status']);
    expect(code).to.equal(1);
    expect(err).to.contain('does not run (failed, failed: exit-code, exit code 1)').and.contain('journalctl --user -u ollama-agent');
  });

  it('leaves nothing where the system refuses', async () => {
    await fakeSystemProgram(bin, 'systemctl', { '*enable*': '!Failed to enable unit: Access denied' });
    const { code, err } = await run(['install']);
    expect(code).to.equal(1);
    expect(err).to.contain('Failed to enable unit: Access denied').and.contain('administrator');
    expect({ unit: existsSync(unitPath()), env: existsSync(envPath()) }).to.deep.equal({ unit: false, env: false });
  });

  const failures: { name: string; answers?: Record<string, string>; args: string[]; twice?: true; says: RegExp }[] = [
    {
      name: 'a machine that systemd does not run',
      answers: { '*Version*': '!System has not been booted with systemd as init system' },
      args: ['install'],
      says: /no service can be made of the agent here: systemctl does not answer here: System has not been booted/,
    },
    { name: 'a second install', args: ['install'], twice: true, says: /is installed already .*service uninstall/ },
    { name: 'an uninstall of nothing', args: ['uninstall'], says: /no service is installed here/ },
    { name: 'a wrong link', args: ['install', 'http://x'], says: /no link to join with/ },
    { name: 'a wrong word', args: ['instal'], says: /"service instal" is not a command; there are service install, uninstall and status/ },
    { name: 'a value that no file of settings can hold', args: ['install', '--name', "it's"], says: /AGENT_NAME holds a single quote/ },
  ];
  for (const { name, answers, args, twice, says } of failures)
    it(`says in one sentence what is wrong at ${name}`, async () => {
      await fakeSystemProgram(bin, 'systemctl', answers);
      if (twice) await run(args);
      const { code, err } = await run(args);
      expect(code).to.equal(1);
      expect(err)
        .to.match(says)
        .and.not.match(/\n\s+at /);
    });

  it('says so where there is no systemctl at all', async () => {
    const { err } = await run(['install'], { PATH: bin });
    expect(err).to.contain('systemctl is not on this machine');
  });

  describe('of other systems', () => {
    const facts = (): ServiceFacts => ({
      scope: 'user',
      program: ['/usr/local/bin/ollama-agent'],
      dataDir,
      home,
      uid: 501,
      programData: join(home, 'ProgramData'),
      graphicsGroups: [],
    });
    const deps = (kind: ServiceKind): ServiceDeps => ({ kind, facts: facts(), run: createRunProgram({ PATH: `${bin}:/bin` }) });
    const carried = () => ({ ...loadConfigWithOrigins(agentConfigSchema, { env: {}, fileEnv: 'AGENT_CONFIG' }), env: {}, link: LINK });

    it('is loaded by launchd, found running by its process, and taken away', async () => {
      const launchctl = await fakeSystemProgram(bin, 'launchctl', { '*com.ollama-coordinator.agent': '  pid = 4711\n  state = running' });
      const { definition } = await installService(deps(launchd), carried());
      expect(await readFile(definition.path, 'utf8')).to.contain(`<string>${envPath()}</string>`);
      expect(await serviceState(deps(launchd))).to.include({ isRunning: true, text: 'runs as process 4711' });
      await uninstallService(deps(launchd));
      expect(existsSync(definition.path)).to.equal(false);
      expect(await launchctl.calls()).to.deep.equal([
        'print gui/501',
        `bootstrap gui/501 ${definition.path}`,
        'print gui/501/com.ollama-coordinator.agent',
        'bootout gui/501/com.ollama-coordinator.agent',
      ]);
    });

    it('is a task on Windows, in UTF-16, asked for in no language', async () => {
      const schtasks = await fakeSystemProgram(bin, 'schtasks');
      await fakeSystemProgram(bin, 'powershell.exe', { '*Get-ScheduledTask*': '4' });
      const { definition } = await installService(deps(withPosixPaths(taskScheduler)), carried());
      expect(await readFile(definition.path, 'utf16le')).to.match(/^\ufeff<\?xml version="1.0" encoding="UTF-16"/);
      expect(await serviceState(deps(withPosixPaths(taskScheduler)))).to.include({ isRunning: true, text: 'runs' });
      await uninstallService(deps(withPosixPaths(taskScheduler)));
      const calls = await schtasks.calls();
      expect(calls.map((call) => call.split(' ')[0])).to.deep.equal(['/Query', '/Create', '/Run', '/End', '/Delete']);
      expect(calls[1]).to.equal(`/Create /TN Ollama Agent /XML ${definition.path} /F`);
    });

    it('is not on Windows where the Task Scheduler refuses, and says what it said', async () => {
      await fakeSystemProgram(bin, 'schtasks', { '*Create*': '!ERROR: Access is denied.' });
      const failure = await installService(deps(withPosixPaths(taskScheduler)), carried()).catch((error: Error) => error);
      expect(failure).to.have.property('message').that.contains('schtasks /Create refused: ERROR: Access is denied.');
      expect(existsSync(envPath())).to.equal(false);
    });
  });
});

/** Files of a plan for Windows, where this system finds them. */
function withPosixPaths(kind: ServiceKind): ServiceKind {
  const posix = (path: string) => path.replaceAll('\\', '/');
  return {
    ...kind,
    plan(facts) {
      const { definition, envPath, install, ...plan } = kind.plan(facts);
      return {
        ...plan,
        definition: { ...definition, path: posix(definition.path) },
        envPath: posix(envPath),
        install: install.map(({ command: [program, ...args], ...step }) => ({
          ...step,
          command: [program, ...args.map((arg) => (arg.includes(definition.path) ? posix(arg) : arg))],
        })),
      };
    },
  };
}
