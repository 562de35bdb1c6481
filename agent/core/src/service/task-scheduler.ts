import { win32 } from 'node:path';
import { escapeXml } from './escape-xml.js';
import type { ServiceFacts, ServiceKind, ServiceStep } from './service-kind.js';

const TASK = 'Ollama Agent';
/** What Windows calls LocalService, SYSTEM and Administrators in every language. */
const [LOCAL_SERVICE, SYSTEM, ADMINISTRATORS] = ['*S-1-5-19', '*S-1-5-18', '*S-1-5-32-544'];
const RUNNING = '4';

/**
 * A task of the Task Scheduler. A Windows service proper would need a program that speaks with the service control manager, which Node
 * does not (ADR-0021).
 */
export const taskScheduler: ServiceKind = {
  plan(facts) {
    const { scope } = facts;
    const dataDir = scope === 'system' ? win32.join(facts.programData, 'ollama-agent') : facts.dataDir;
    const path = win32.join(dataDir, 'service-task.xml');
    const envPath = win32.join(dataDir, 'service.env');
    return {
      title: `task "${TASK}" of the Task Scheduler`,
      definition: { path, text: taskXml({ ...facts, envPath }), mode: 0o600, encoding: 'utf16le' },
      envPath,
      dataDir,
      probe: { command: ['schtasks', '/Query', '/?'] },
      install: [
        ...(scope === 'system' ? [closeFolder(dataDir)] : []),
        { command: ['schtasks', '/Create', '/TN', TASK, '/XML', path, '/F'] },
        { command: ['schtasks', '/Run', '/TN', TASK] },
      ],
      uninstall: [{ command: ['schtasks', '/End', '/TN', TASK], mayFail: true }, { command: ['schtasks', '/Delete', '/TN', TASK, '/F'] }],
      advice: [
        scope === 'system' ? 'it runs from the start of the machine on' : 'it runs while you are logged in',
        `the Task Scheduler shows it as "${TASK}"`,
      ],
    };
  },
  async readState(_facts, run) {
    // What schtasks itself prints is in the language of the machine.
    const script = `[int](Get-ScheduledTask -TaskName '${TASK}' -ErrorAction Stop).State`;
    const { code, output } = await run(['powershell.exe', '-NoProfile', '-NonInteractive', '-Command', script]);
    const advice = `start it with: schtasks /Run /TN "${TASK}"`;
    if (code !== 0) return { isRunning: false, text: `is not known to the Task Scheduler (${output.split('\n')[0]})`, advice };
    return output.trim() === RUNNING
      ? { isRunning: true, text: 'runs', advice }
      : { isRunning: false, text: output.trim() === '1' ? 'is disabled' : 'does not run', advice };
  },
};

/** What the folder of the service holds is for itself and for administrators. */
function closeFolder(folder: string): ServiceStep {
  const grants = [LOCAL_SERVICE, SYSTEM, ADMINISTRATORS].flatMap((who) => ['/grant:r', `${who}:(OI)(CI)F`]);
  return { command: ['icacls', folder, '/inheritance:r', ...grants, '/T', '/C', '/Q'] };
}

/**
 * The task: never two at once, no limit of time, also on battery (the agent decides about that itself). Beside the start it is tried each
 * minute, which starts nothing while it runs: the scheduler does not take a program that ended for one to start again.
 */
export function taskXml({ scope, program, envPath }: Pick<ServiceFacts, 'scope' | 'program'> & { envPath: string }): string {
  const isSystem = scope === 'system';
  const [command = '', ...before] = program;
  const args = [...before, 'run', '--env-file', envPath].map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ');
  const trigger = isSystem ? 'BootTrigger' : 'LogonTrigger';
  const principal = isSystem
    ? '<UserId>S-1-5-19</UserId><RunLevel>LeastPrivilege</RunLevel>'
    : '<LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel>';
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Joins the Ollama of this machine to a coordinator</Description></RegistrationInfo>
  <Triggers>
    <${trigger}><Enabled>true</Enabled><Repetition><Interval>PT1M</Interval></Repetition></${trigger}>
  </Triggers>
  <Principals><Principal id="Author">${principal}</Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Hidden>false</Hidden>
    <Enabled>true</Enabled>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>${escapeXml(command)}</Command><Arguments>${escapeXml(args)}</Arguments></Exec>
  </Actions>
</Task>
`;
}
