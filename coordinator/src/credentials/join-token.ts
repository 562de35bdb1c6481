import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import { hashSecret } from './hash-secret.js';

/** The token that the whole fleet shares, and the one of the agents inside this process. */
export interface JoinToken {
  /** Undefined: nothing is asked of agents that register. */
  readonly isShared: ((token: string | undefined) => boolean) | undefined;
  readonly isHosted: (token: string | undefined) => boolean;
  /** The token in clear when it was made at this start, to be shown once. */
  readonly made: string | undefined;
  /** A token that only this process knows and accepts, for the agents inside it. */
  readonly forHostedAgents: string;
}

export interface JoinTokenOptions {
  readonly redis: Redis;
  readonly keys: RedisKeys;
  readonly given: string | undefined;
  readonly keysOn: boolean;
}

/** A token is asked for when one was configured, or when keys are on; then it is made once for the whole fleet. */
export async function createJoinToken({ redis, keys, given, keysOn }: JoinTokenOptions): Promise<JoinToken> {
  const forHostedAgents = makeToken();
  const hosted = { forHostedAgents, isHosted: checker(hashSecret(forHostedAgents)) };
  if (given !== undefined) return { ...hosted, isShared: checker(hashSecret(given)), made: undefined };
  if (!keysOn) return { ...hosted, isShared: undefined, made: undefined };
  const candidate = makeToken();
  const isFirst = (await redis.setnx(keys.joinToken, hashSecret(candidate))) === 1;
  const hash = (await redis.get(keys.joinToken)) ?? hashSecret(candidate);
  return { ...hosted, isShared: checker(hash), made: isFirst ? candidate : undefined };
}

function makeToken(): string {
  return `join_${randomBytes(18).toString('base64url')}`;
}

function checker(wanted: string): (token: string | undefined) => boolean {
  const accepted = Buffer.from(wanted);
  return (token) => timingSafeEqual(Buffer.from(hashSecret(token ?? '')), accepted);
}
