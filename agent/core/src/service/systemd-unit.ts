import type { ServiceFacts } from './service-kind.js';

/**
 * What a service of the system may not: it has an account made up for it, a private folder, and no way to write elsewhere or to gain rights.
 * MemoryDenyWriteExecute is not among these (V8 writes code), nor PrivateDevices and ProtectClock (Ollama needs the graphics card).
 */
const CONFINED = [
  'DynamicUser=yes',
  'StateDirectory=ollama-agent',
  'StateDirectoryMode=0700',
  'WorkingDirectory=%S/ollama-agent',
  'Environment=HOME=%S/ollama-agent',
  'CapabilityBoundingSet=',
  'AmbientCapabilities=',
  'ProtectSystem=strict',
  'ProtectHome=yes',
  'PrivateTmp=yes',
  'ProtectKernelTunables=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelLogs=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'RestrictNamespaces=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'SystemCallFilter=@system-service',
];

/** Of the above what a user's own systemd can do without rights of its own: it cannot mount anything away. */
const RESTRAINED = [
  'NoNewPrivileges=yes',
  'RestrictSUIDSGID=yes',
  'RestrictRealtime=yes',
  'LockPersonality=yes',
  'SystemCallArchitectures=native',
  'UMask=0077',
];

/** The text of the unit. Pure. */
export function systemdUnit({ scope, program, envPath, graphicsGroups }: ServiceFacts & { envPath: string }): string {
  const isSystem = scope === 'system';
  const groups = isSystem && graphicsGroups.length > 0 ? [`SupplementaryGroups=${graphicsGroups.join(' ')}`] : [];
  const afterNetwork = isSystem ? ['Wants=network-online.target', 'After=network-online.target ollama.service'] : [];
  return [
    '[Unit]',
    'Description=Ollama agent: joins the Ollama of this machine to a coordinator',
    ...afterNetwork,
    // A coordinator that is away for days is no reason to give up.
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${[...program, 'run'].map(quote).join(' ')}`,
    `EnvironmentFile=${escapePercent(envPath)}`,
    'Restart=on-failure',
    'RestartSec=5',
    // The agent finishes what runs, and stops the Ollama that it started.
    'KillMode=mixed',
    'TimeoutStopSec=30',
    ...groups,
    ...RESTRAINED,
    ...(isSystem ? CONFINED : []),
    '',
    '[Install]',
    `WantedBy=${isSystem ? 'multi-user.target' : 'default.target'}`,
    '',
  ].join('\n');
}

/** One word of a command line, as systemd.service(5) reads it: `%` and `$` are doubled. */
function quote(word: string): string {
  return `"${escapePercent(word).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '$$$$')}"`;
}

function escapePercent(text: string): string {
  return text.replaceAll('%', '%%');
}
