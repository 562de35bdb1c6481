import { randomBytes } from 'node:crypto';
import { AppError, type Clock, type CreateJoinToken, type JoinTokenInfo, joinTokenInfoSchema } from '@ollama-coordinator/common';
import { bindScript, type Redis, type RedisKeys } from '@ollama-coordinator/common/redis';
import { z } from 'zod';
import { hashSecret } from './hash-secret.js';
import { USE_JOIN_TOKEN } from './scripts/use-join-token.js';

/** Join tokens that administrators made: for one agent, for some, or for any number, until they expire or are revoked. */
export interface JoinTokens {
  /** `token` is the clear text, which nobody can tell again. Throws BAD_REQUEST, JOIN_UNAVAILABLE. */
  create(wanted: Omit<CreateJoinToken, 'coordinator_url'>): Promise<{ readonly info: JoinTokenInfo; readonly token: string }>;
  /** Those in force, the oldest first. Throws JOIN_UNAVAILABLE. */
  list(): Promise<JoinTokenInfo[]>;
  /** By id or name. Agents that joined with it stay. Throws UNKNOWN_JOIN_TOKEN, JOIN_UNAVAILABLE. */
  revoke(id: string): Promise<JoinTokenInfo>;
  /** Resolves with whether the agent has to wait for approval. Throws BAD_JOIN_TOKEN, JOIN_TOKEN_SPENT, JOIN_UNAVAILABLE. */
  use(token: string, agent: { readonly id: string; readonly incarnation: number }): Promise<'joins' | 'waits'>;
}

export interface JoinTokensDeps {
  readonly redis: Redis;
  readonly keys: Pick<RedisKeys, 'joinTokens'>;
  readonly clock: Pick<Clock, 'now'>;
}

const storedSchema = joinTokenInfoSchema.extend({
  /** Of a token for so many agents: which start of which agent used it. */
  agents: z.record(z.string(), z.string()),
});
type StoredToken = z.infer<typeof storedSchema>;

const WHY_NOT: Readonly<Record<string, string>> = {
  revoked: 'was revoked',
  expired: 'has expired',
  spent: 'was used as often as it may be',
};

export function createJoinTokens({ redis, keys, clock }: JoinTokensDeps): JoinTokens {
  const useToken = bindScript(redis, USE_JOIN_TOKEN);
  const nowText = () => new Date(clock.now()).toISOString();

  async function readAll(): Promise<[hash: string, stored: StoredToken][]> {
    const texts = Object.entries(await orUnavailable(redis.hgetall(keys.joinTokens)));
    return texts.flatMap(([hash, text]) => {
      const parsed = storedSchema.safeParse(JSON.parse(text));
      return parsed.success ? [[hash, parsed.data] as [string, StoredToken]] : [];
    });
  }
  const isInForce = ({ revoked_at, expires_at }: StoredToken) =>
    revoked_at === undefined && (expires_at === undefined || expires_at > nowText());

  return {
    async create({ name, uses, approve, expires_at }) {
      const expiresAt = expires_at === undefined ? undefined : new Date(expires_at).toISOString();
      if (expiresAt !== undefined && expiresAt <= nowText())
        throw new AppError('BAD_REQUEST', { details: { reason: 'expires_at: lies in the past' } });
      const token = `join_${randomBytes(24).toString('base64url')}`;
      const stored: StoredToken = {
        id: randomBytes(6).toString('hex'),
        name,
        uses,
        used: 0,
        ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
        approve,
        created_at: nowText(),
        agents: {},
      };
      await orUnavailable(redis.hset(keys.joinTokens, hashSecret(token), JSON.stringify(stored)));
      return { info: toInfo(stored), token };
    },
    async list() {
      const inForce = (await readAll()).map(([, stored]) => stored).filter(isInForce);
      return inForce.sort((one, other) => one.created_at.localeCompare(other.created_at)).map(toInfo);
    },
    async revoke(id) {
      const found = (await readAll()).find(([, stored]) => (stored.id === id || stored.name === id) && isInForce(stored));
      if (found === undefined) throw new AppError('UNKNOWN_JOIN_TOKEN', { details: { token: id } });
      const revoked = { ...found[1], revoked_at: nowText() };
      await orUnavailable(redis.hset(keys.joinTokens, found[0], JSON.stringify(revoked)));
      return toInfo(revoked);
    },
    async use(token, { id, incarnation }) {
      const outcome = String(await orUnavailable(useToken([keys.joinTokens], [hashSecret(token), id, incarnation, nowText()])));
      if (outcome === 'joins' || outcome === 'waits') return outcome;
      const why = WHY_NOT[outcome];
      throw why === undefined ? new AppError('BAD_JOIN_TOKEN') : new AppError('JOIN_TOKEN_SPENT', { details: { why } });
    },
  };
}

function toInfo({ agents: _agents, ...info }: StoredToken): JoinTokenInfo {
  return info;
}

function orUnavailable<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((cause: unknown) => {
    throw new AppError('JOIN_UNAVAILABLE', { cause, retryAfterS: 1 });
  });
}
