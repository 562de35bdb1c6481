import { AppError } from '@ollama-coordinator/common';

export const SERVICE_SCOPES = ['system', 'user'] as const;
/** system: from the start of the machine on, whoever is logged in; user: for the person who installs it. */
export type ServiceScope = (typeof SERVICE_SCOPES)[number];

/**
 * What was asked for, else what whoever asks may do: root has a service of the system, everybody else one of their own. Windows tells
 * only by trying who may, and macOS has no account for programs like this one. Throws SERVICE_NOT_POSSIBLE and SERVICE_NEEDS_ROOT.
 */
export function chooseScope(
  asked: string | undefined,
  { platform, uid }: { platform: NodeJS.Platform; uid: number | undefined },
): ServiceScope {
  const known = SERVICE_SCOPES.find((scope) => scope === asked);
  if (asked !== undefined && known === undefined)
    throw new AppError('BAD_REQUEST', { details: { reason: `--scope must be ${SERVICE_SCOPES.join(' or ')}, not "${asked}"` } });
  const isRoot = uid === 0;
  if (platform === 'darwin') {
    if (known === 'system' || isRoot) throw notPossible('on macOS the agent is installed for who is logged in; run this without sudo');
    return 'user';
  }
  if (platform === 'win32') return known ?? 'user';
  const scope = known ?? (isRoot ? 'system' : 'user');
  if (scope === 'system' && !isRoot) throw new AppError('SERVICE_NEEDS_ROOT');
  return scope;
}

export function notPossible(reason: string): AppError {
  return new AppError('SERVICE_NOT_POSSIBLE', { details: { reason } });
}
