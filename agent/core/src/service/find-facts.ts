import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { AgentConfig } from '@ollama-coordinator/common';
import { launchd } from './launchd.js';
import { ownProgram } from './own-program.js';
import type { ServiceFacts, ServiceKind } from './service-kind.js';
import { chooseScope, notPossible } from './service-scope.js';
import { systemd } from './systemd.js';
import { taskScheduler } from './task-scheduler.js';

const KINDS: Partial<Readonly<Record<NodeJS.Platform, ServiceKind>>> = { linux: systemd, darwin: launchd, win32: taskScheduler };

/** Throws SERVICE_NOT_POSSIBLE on a system that has none of these. */
export function serviceKind(platform: NodeJS.Platform): ServiceKind {
  const kind = KINDS[platform];
  if (kind === undefined) throw notPossible(`${platform} has neither systemd, launchd nor a Task Scheduler`);
  return kind;
}

/** What this machine is, for a service of the agent. Throws as chooseScope() does. */
export async function findFacts(config: AgentConfig, scope: string | undefined): Promise<ServiceFacts> {
  const { platform, env } = process;
  const uid = process.getuid?.();
  return {
    scope: chooseScope(scope, { platform, uid }),
    program: ownProgram(),
    dataDir: resolve(config.dataDir),
    home: homedir(),
    uid,
    programData: env.ProgramData ?? 'C:\\ProgramData',
    graphicsGroups: await graphicsGroups(),
  };
}

async function graphicsGroups(): Promise<readonly string[]> {
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  return ['video', 'render'].filter((name) => groups.split('\n').some((line) => line.startsWith(`${name}:`)));
}
