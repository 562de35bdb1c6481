import { posix } from 'node:path';
import { escapeXml } from './escape-xml.js';
import type { ServiceFacts, ServiceKind } from './service-kind.js';

const LABEL = 'com.ollama-coordinator.agent';

/** An agent of who is logged in: macOS has no account for a program like this one, and Ollama there is a user's own as well. */
export const launchd: ServiceKind = {
  plan(facts) {
    const { home, dataDir, uid } = facts;
    const path = posix.join(home, 'Library/LaunchAgents', `${LABEL}.plist`);
    const envPath = posix.join(dataDir, 'service.env');
    const domain = `gui/${uid}`;
    return {
      title: `launchd agent ${LABEL}`,
      definition: { path, text: launchdPlist({ ...facts, envPath }), mode: 0o644 },
      envPath,
      dataDir,
      probe: { command: ['launchctl', 'print', domain] },
      install: [{ command: ['launchctl', 'bootstrap', domain, path] }],
      uninstall: [{ command: ['launchctl', 'bootout', `${domain}/${LABEL}`], mayFail: true }],
      advice: [`its log: ${logPath(dataDir)}`, 'it runs while you are logged in'],
    };
  },
  async readState({ uid, dataDir }, run) {
    const advice = `the end of ${logPath(dataDir)} says why`;
    const { code, output } = await run(['launchctl', 'print', `gui/${uid}/${LABEL}`]);
    if (code !== 0) return { isRunning: false, text: 'is not loaded', advice: 'install it again' };
    const pid = /^\s*pid = (\d+)/m.exec(output)?.[1];
    if (pid !== undefined) return { isRunning: true, text: `runs as process ${pid}`, advice };
    const exitCode = /^\s*last exit code = (\S+)/m.exec(output)?.[1];
    return { isRunning: false, text: `does not run${exitCode === undefined ? '' : ` (exit code ${exitCode})`}`, advice };
  },
};

/** launchd reads no files of variables, and a plist is for everybody to read: the agent takes its settings from the file itself. */
export function launchdPlist({ program, envPath, dataDir }: Pick<ServiceFacts, 'program' | 'dataDir'> & { envPath: string }): string {
  const words = [...program, 'run', '--env-file', envPath].map((word) => `    <string>${escapeXml(word)}</string>`);
  const log = escapeXml(logPath(dataDir));
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${words.join('\n')}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>5</integer>
  <key>ExitTimeOut</key>
  <integer>30</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>${log}</string>
  <key>StandardErrorPath</key>
  <string>${log}</string>
</dict>
</plist>
`;
}

function logPath(dataDir: string): string {
  return posix.join(dataDir, 'agent.log');
}
