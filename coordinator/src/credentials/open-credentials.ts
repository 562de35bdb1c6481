import type { Clock, CoordinatorConfig, Logger } from '@ollama-coordinator/common';
import { isLoopback } from '../http/loopback.js';
import type { Store } from '../store/open-store.js';
import { countOtherReplicas } from '../store/replica-presence.js';
import { type AdmitAgent, createAdmitAgent } from './admit-agent.js';
import { ApiKeys } from './api-keys.js';
import { createJoinToken, type JoinToken } from './join-token.js';
import { createJoinTokens, type JoinTokens } from './join-tokens.js';
import { createSessionEnds, type SessionEnds } from './session-ends.js';
import { createSessions, type Sessions } from './sessions.js';
import { claimFleetKey, loadSigningKey, type SigningKey } from './signing-key.js';
import { createTokens, type Tokens } from './tokens.js';

/** Everything secret that this replica holds. */
export interface Credentials {
  readonly keysOn: boolean;
  readonly signingKey: SigningKey;
  readonly tokens: Tokens;
  readonly apiKeys: ApiKeys;
  readonly sessions: Sessions;
  readonly sessionEnds: SessionEnds;
  readonly joinToken: JoinToken;
  readonly joinTokens: JoinTokens;
  readonly admitAgent: AdmitAgent;
  readonly shownOnce: readonly string[];
}

export interface CredentialsOptions {
  readonly config: CoordinatorConfig;
  readonly store: Store;
  readonly replicaId: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Reads or makes the signing key, the API keys and the join token. `apiKeys` is to be stopped by the caller. */
export async function openCredentials({ config, store, replicaId, clock, log }: CredentialsOptions): Promise<Credentials> {
  const { redis, keys } = store;
  const keysOn = config.auth === 'on' || (config.auth === 'auto' && !isLoopback(config.host));
  const signingKey = loadSigningKey(config);
  await claimFleetKey(redis, keys, signingKey, () => countOtherReplicas(redis, keys, replicaId));
  const sessions = createSessions({ signingKey, clock });
  const sessionEnds = createSessionEnds({ redis, keys, clock, sessions });
  const apiKeys = new ApiKeys({ redisUrl: store.url, redis, keys, clock, log, alsoFollow: sessionEnds });
  await apiKeys.start();
  const adminKey = keysOn ? await ensureAdminKey(apiKeys, config) : undefined;
  const joinToken = await createJoinToken({ redis, keys, given: config.joinToken, keysOn });
  const joinTokens = createJoinTokens({ redis, keys, clock });
  const tokens = createTokens({ signingKey, replicaId, clock });
  return {
    keysOn,
    signingKey,
    tokens,
    apiKeys,
    sessions,
    sessionEnds,
    joinToken,
    joinTokens,
    admitAgent: createAdmitAgent({ joinToken, joinTokens, tokens, approveAgents: config.approveAgents === 'on' }),
    shownOnce: [
      ...(adminKey === undefined ? [] : [`admin key (shown once, keep it): ${adminKey}`]),
      ...(joinToken.made === undefined ? [] : [`join token for agents (shown once, keep it): ${joinToken.made}`]),
    ],
  };
}

async function ensureAdminKey(apiKeys: ApiKeys, { adminKey }: CoordinatorConfig): Promise<string | undefined> {
  if (adminKey === undefined) return apiKeys.makeFirstAdmin();
  await apiKeys.configureAdmin(adminKey);
  return undefined;
}
