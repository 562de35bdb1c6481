import { posix } from 'node:path';
import type { ServiceFacts, ServiceKind, ServicePlan } from './service-kind.js';
import { notPossible } from './service-scope.js';
import { systemdUnit } from './systemd-unit.js';

const UNIT = 'ollama-agent.service';
/** Private to the account that systemd makes up for the service. */
const STATE_DIR = '/var/lib/ollama-agent';
const SHOWN = ['ActiveState', 'SubState', 'Result', 'ExecMainStatus', 'NRestarts', 'ActiveEnterTimestamp'];

export const systemd: ServiceKind = {
  plan(facts) {
    checkProgram(facts);
    const { scope, home, dataDir } = facts;
    const isSystem = scope === 'system';
    const paths = isSystem
      ? { unit: `/etc/systemd/system/${UNIT}`, env: '/etc/ollama-agent/agent.env', data: STATE_DIR }
      : { unit: posix.join(home, '.config/systemd/user', UNIT), env: posix.join(dataDir, 'service.env'), data: dataDir };
    const call = (...args: string[]): [string, ...string[]] => ['systemctl', ...(isSystem ? [] : ['--user']), ...args];
    return {
      title: `systemd ${isSystem ? 'unit' : 'user unit'} ${UNIT}`,
      definition: { path: paths.unit, text: systemdUnit({ ...facts, envPath: paths.env }), mode: 0o644 },
      envPath: paths.env,
      dataDir: paths.data,
      probe: { command: call('show', '--property=Version') },
      install: [{ command: call('daemon-reload') }, { command: call('enable', '--now', UNIT) }],
      uninstall: [
        { command: call('disable', '--now', UNIT), mayFail: true },
        { command: call('daemon-reload'), mayFail: true },
      ],
      advice: adviceOf(isSystem),
    } satisfies ServicePlan;
  },
  async readState({ scope }, run) {
    const user = scope === 'system' ? [] : ['--user'];
    const { code, output } = await run(['systemctl', ...user, 'show', UNIT, `--property=${SHOWN.join(',')}`]);
    const log = `journalctl ${scope === 'system' ? '' : '--user '}-u ollama-agent -n 50`;
    if (code !== 0) return { isRunning: false, text: `systemd does not say how it is (${output})`, advice: `look with "${log}"` };
    return { ...describe(output), advice: `"${log}" says why` };
  },
};

function adviceOf(isSystem: boolean): string[] {
  const see = isSystem ? 'journalctl -u ollama-agent' : 'journalctl --user -u ollama-agent';
  return [
    `its log: ${see}`,
    ...(isSystem
      ? [`for pause, resume and status give its data folder: sudo AGENT_DATA_DIR=${STATE_DIR} ollama-agent pause`]
      : ['it ends with your last session; "loginctl enable-linger" has it run without one']),
  ];
}

/** A unit of the system runs under an account of its own, which sees nobody's home. */
function checkProgram({ scope, program }: ServiceFacts): void {
  const hidden = scope === 'system' ? program.find((path) => /^\/(home|root|run\/user)\//.test(path)) : undefined;
  if (hidden !== undefined)
    throw notPossible(
      `${hidden} is in a home, where a service of the system cannot see it; install Node and the agent for everybody (sudo npm install -g …, or the single file in /usr/local/bin), or run this without sudo for a service of your own`,
    );
}

function describe(output: string): { isRunning: boolean; text: string } {
  const shown = Object.fromEntries(output.split('\n').map((line) => line.split(/=(.*)/s, 2))) as Record<string, string | undefined>;
  const { ActiveState = 'unknown', SubState = '', Result = '', ExecMainStatus = '', NRestarts = '0', ActiveEnterTimestamp = '' } = shown;
  const restarts = NRestarts === '0' ? '' : `, restarted ${NRestarts} times`;
  if (ActiveState === 'active') return { isRunning: true, text: `runs since ${ActiveEnterTimestamp}${restarts}` };
  const why = Result === '' || Result === 'success' ? '' : `: ${Result}, exit code ${ExecMainStatus}`;
  return { isRunning: false, text: `does not run (${ActiveState}${SubState === '' ? '' : `, ${SubState}`}${why}${restarts})` };
}
