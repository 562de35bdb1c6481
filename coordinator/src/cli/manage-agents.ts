import { AppError, createdJoinTokenSchema } from '@ollama-coordinator/common';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { AGENT_USAGE } from './manage-agent.js';
import { readMoment, readNumber } from './read-flags.js';
import { showAgents } from './show-agents.js';

export const INVITE_FLAGS = ['name', 'uses', 'expires', 'coordinator'];
export const INVITE_USAGE = [
  'agents',
  'agents invite [--name N] [--uses 1 | --reusable] [--expires 1d] [--approve] [--coordinator URL]',
  '              a link for "ollama-agent join"; URL: this coordinator as the other machine reaches it',
];

/** `ollama-coordinator agents`: a table of the fleet; `agents invite`: a link with which a machine joins. The link stands alone on standard output, once. */
export async function manageAgents(flags: Flags, env: Env, [action, ...rest]: readonly string[]): Promise<number> {
  if (action === undefined) return showAgents(flags, env);
  if (action !== 'invite' || rest.length > 0)
    throw new AppError('BAD_REQUEST', { details: { reason: `it is one of these:\n  ${[...INVITE_USAGE, ...AGENT_USAGE].join('\n  ')}` } });
  await invite(flags, env);
  return 0;
}

async function invite(flags: Flags, env: Env): Promise<void> {
  const nowMs = Date.now();
  const wanted = {
    name: flags.name ?? `invited at ${new Date(nowMs).toISOString().slice(0, 16)}`,
    uses: flags.reusable === 'true' ? null : readNumber('uses', flags.uses),
    expires_at: readMoment('expires', flags.expires ?? '1d', nowMs),
    approve: flags.approve === 'true',
    coordinator_url: flags.coordinator,
  };
  const answer = await askCoordinator('/api/coordinator/join-tokens', flags, env, 'POST', wanted);
  const { link, uses, expires_at: expires } = createdJoinTokenSchema.parse(answer);
  process.stderr.write(
    `for ${uses ?? 'any number of'} machine${uses === 1 ? '' : 's'} until ${expires}; run there: ollama-agent join '<link>'\n`,
  );
  if (/^https?:\/\/(localhost|127\.|\[::1\])/.test(link))
    process.stderr.write(
      'the link is for this machine only: the coordinator listens on loopback, or was asked there; name its address with --coordinator\n',
    );
  process.stdout.write(`${link}\n`);
}
