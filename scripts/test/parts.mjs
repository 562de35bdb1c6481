import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT } from '../prepare/root.mjs';
import { runQuietly } from '../prepare/run-quietly.mjs';
import { toolsFolder } from './tools.mjs';

/** What tests need beyond Node: any of the programs and the folder of tools that show it is there, and the script that installs it. */
const PARTS = {
  redis: { label: 'Redis', programs: ['redis-server', 'valkey-server'], script: 'install-redis.sh' },
  nginx: { label: 'nginx', programs: ['nginx'], script: 'install-nginx.sh' },
  haproxy: { label: 'HAProxy', programs: ['haproxy'], script: 'install-haproxy.sh' },
  iproute: { label: 'iproute2', programs: ['ip'], script: 'install-iproute.sh' },
  sentinel: { label: 'Redis Sentinel', programs: ['redis-sentinel'], script: 'install-sentinel.sh' },
  faketime: { label: 'faketime', programs: ['faketime'], script: 'install-faketime.sh' },
  chromium: { label: 'Chromium', programs: ['chromium', 'chromium-browser', 'google-chrome'], script: 'install-chromium.sh' },
  python: { label: 'Python', programs: ['python3'], script: 'install-python.sh' },
  containers: { label: 'podman', programs: ['podman'], script: 'install-containers.sh' },
  systemd: { label: 'systemd', programs: ['systemd-analyze'], script: 'install-systemd.sh' },
  screen: { label: 'Xvfb', programs: ['scrot'], script: 'install-screen.sh' },
  wine: { label: 'wine', programs: ['wine'], script: 'install-wine.sh' },
  helm: { label: 'Helm', programs: ['helm'], folder: 'kubernetes-schemas/1.34', script: 'install-helm.sh' },
  actionlint: { label: 'actionlint', programs: ['actionlint'], script: 'install-actionlint.sh' },
  ollama: { label: 'Ollama', programs: ['ollama'], script: 'install-ollama.sh' },
};

/**
 * Looks for a part and, where it is missing, runs its install script. Resolves to undefined when it is there, else to one
 * sentence that names it and says why it could not be had.
 */
export async function providePart(name, say) {
  const { label, script } = PARTS[name];
  if (isThere(PARTS[name])) return undefined;
  const path = join(ROOT, 'test', 'support', 'install', script);
  if (process.platform === 'win32' || !existsSync(path)) return `${label} is not on this machine`;
  say(`Installing ${label} for the tests…`);
  const { ok, output } = await runQuietly('bash', [path]);
  if (ok && isThere(PARTS[name])) return undefined;
  return `${label} is not on this machine and could not be installed (${lastLine(output)})`;
}

function isThere({ programs, folder }) {
  return programs.some(isOnPath) && (folder === undefined || existsSync(join(toolsFolder(), folder)));
}

export function isOnPath(program) {
  return (process.env.PATH || '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, process.platform === 'win32' ? `${program}.exe` : program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

function lastLine(text) {
  return text.split('\n').pop() || 'it said nothing';
}
