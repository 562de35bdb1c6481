import { randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '@ollama-coordinator/common';
import type { Redis, RedisKeys } from '@ollama-coordinator/common/redis';
import { hashSecret } from './hash-secret.js';

/** What an agent presents to register. */
export interface JoinToken {
  /** Throws BAD_JOIN_TOKEN unless the token is right or none is asked for. */
  check(token: string | undefined): void;
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
  if (given !== undefined) return { check: checker(hashSecret(given), hashSecret(forHostedAgents)), made: undefined, forHostedAgents };
  if (!keysOn) return { check: () => {}, made: undefined, forHostedAgents };
  const candidate = makeToken();
  const isFirst = (await redis.setnx(keys.joinToken, hashSecret(candidate))) === 1;
  const hash = (await redis.get(keys.joinToken)) ?? hashSecret(candidate);
  return { check: checker(hash, hashSecret(forHostedAgents)), made: isFirst ? candidate : undefined, forHostedAgents };
}

function makeToken(): string {
  return `join_${randomBytes(18).toString('base64url')}`;
}

function checker(...hashes: readonly string[]): JoinToken['check'] {
  const accepted = hashes.map((hash) => Buffer.from(hash));
  return (token) => {
    const hash = Buffer.from(hashSecret(token ?? ''));
    if (!accepted.some((wanted) => timingSafeEqual(hash, wanted))) throw new AppError('BAD_JOIN_TOKEN');
  };
}
