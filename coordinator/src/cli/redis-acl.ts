import { randomBytes } from 'node:crypto';
import { AppError, agentIdSchema, agentSchema } from '@ollama-coordinator/common';
import { redisKeys } from '@ollama-coordinator/common/redis';
import { z } from 'zod';
import { hashSecret } from '../credentials/hash-secret.js';
import { askCoordinator } from './ask-coordinator.js';
import type { Env, Flags } from './command.js';

export const REDIS_ACL_USAGE = [
  'redis-acl [AGENT_ID …] | redis-cli     users for agents that publish to Redis themselves; without ids: for all agents',
  'redis-acl --aclfile [AGENT_ID …]       the same as lines of an ACL file',
];

/** What a connection says of itself, and what publishing takes; everything else is refused with NOPERM. */
const COMMANDS = '-@all +auth +hello +ping +quit +select +client|setname +set +xadd +del';

/** The rules of one agent's user: its own two keys, to write, nothing to read. The password is given as its SHA-256. */
export function aclRules(agentId: string, password: string, prefix = ''): string {
  const keys = redisKeys(prefix);
  const own = [keys.agentAlive(agentId), keys.agentHeartbeats(agentId)].map((key) => `%W~${escapeGlob(key)}`);
  return `on #${hashSecret(password)} ${own.join(' ')} resetchannels ${COMMANDS}`;
}

export function aclUserName(agentId: string): string {
  return `oc-agent-${agentId}`;
}

/** `ollama-coordinator redis-acl`: lines for redis-cli on standard output, the agents' addresses with their passwords on standard error, once. */
export async function redisAcl(flags: Flags, env: Env, words: readonly string[]): Promise<number> {
  const ids = words.length > 0 ? words : (await listAgents(flags, env)).map(({ id }) => id);
  const prefix = flags.redisPrefix ?? env.COORDINATOR_REDIS_PREFIX ?? '';
  for (const id of ids) {
    if (!agentIdSchema.safeParse(id).success) throw new AppError('BAD_REQUEST', { details: { reason: `"${id}" is no id of an agent` } });
    const password = randomBytes(24).toString('base64url');
    const user = aclUserName(id);
    const rules = aclRules(id, password, prefix);
    process.stdout.write(flags.aclfile === 'true' ? `user ${user} reset ${rules}\n` : `ACL SETUSER ${user} reset ${rules}\n`);
    process.stderr.write(`${id}: AGENT_REDIS_URL=redis://${user}:${password}@<redis>:6379\n`);
  }
  return 0;
}

async function listAgents(flags: Flags, env: Env): Promise<readonly { readonly id: string }[]> {
  return z.array(agentSchema).parse(await askCoordinator('/api/agents', flags, env));
}

/** A prefix may hold what means something in a pattern. */
function escapeGlob(text: string): string {
  return text.replaceAll(/[\\*?[\]]/g, '\\$&');
}
