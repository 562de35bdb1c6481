import { AppError, createdJoinTokenSchema, type JoinTokenInfo, joinTokenInfoSchema } from '@ollama-coordinator/common';
import { z } from 'zod';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';
import { readMoment, readNumber } from './read-flags.js';
import { type Column, showTable } from './show-table.js';

const PATH = '/api/coordinator/join-tokens';

export const JOIN_TOKEN_FLAGS = ['name', 'uses', 'expires'];
export const JOIN_TOKEN_SWITCHES = ['reusable', 'approve'];
export const JOIN_TOKENS_USAGE = [
  'join-tokens create --name N [--uses 1 | --reusable] [--expires 1d] [--approve]',
  'join-tokens list',
  'join-tokens revoke NAME',
];

const COLUMNS: readonly Column<JoinTokenInfo>[] = [
  ['ID', (token) => token.id],
  ['NAME', (token) => token.name],
  ['USED', (token) => `${token.used} of ${token.uses ?? 'any number'}`],
  ['APPROVAL', (token) => (token.approve ? 'needed' : '-')],
  ['EXPIRES', (token) => token.expires_at ?? 'never'],
  ['CREATED', (token) => token.created_at],
];

/** `ollama-coordinator join-tokens create|list|revoke`. The clear text of a token stands alone on standard output, once. */
export async function manageJoinTokens(flags: Flags, env: Env, [action = 'list', ...names]: readonly string[]): Promise<number> {
  if (action === 'list' && names.length === 0) await listTokens(flags, env);
  else if (action === 'create' && names.length === 0) await createToken(flags, env);
  else if (action === 'revoke' && names.length === 1) await revokeToken(names[0] ?? '', flags, env);
  else throw new AppError('BAD_REQUEST', { details: { reason: `it is one of these:\n  ${JOIN_TOKENS_USAGE.join('\n  ')}` } });
  return 0;
}

async function listTokens(flags: Flags, env: Env): Promise<void> {
  const listSchema = z.object({ join_tokens: z.array(joinTokenInfoSchema) });
  showTable(COLUMNS, listSchema.parse(await askCoordinator(PATH, flags, env)).join_tokens);
}

async function createToken(flags: Flags, env: Env): Promise<void> {
  const wanted = {
    name: flags.name,
    uses: flags.reusable === 'true' ? null : readNumber('uses', flags.uses),
    expires_at: readMoment('expires', flags.expires, Date.now()),
    approve: flags.approve === 'true',
  };
  const { token, ...info } = createdJoinTokenSchema.parse(await askCoordinator(PATH, flags, env, 'POST', wanted));
  process.stderr.write(`join token "${info.name}" (${info.id}) for ${info.uses ?? 'any number of'} agents, shown this once:\n`);
  process.stdout.write(`${token}\n`);
}

async function revokeToken(name: string, flags: Flags, env: Env): Promise<void> {
  await askCoordinator(`${PATH}/${encodeURIComponent(name)}`, flags, env, 'DELETE');
  process.stdout.write(`join token "${name}" is revoked; agents that joined with it stay\n`);
}
