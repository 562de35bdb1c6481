import { createPublicKey, sign, verify } from 'node:crypto';
import { AppError, type Clock, COPY_ISSUER } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { LruMap } from './lru-map.js';
import type { SigningKey } from './signing-key.js';

/** How long a token towards an agent is used before another is made, and how long it claims to be valid. */
const REUSE_MS = 30_000;
const VALID_S = 60;
const REMEMBERED_TOKENS = 20_000;

/** Signed tokens in both directions: coordinator → agent, and the credential that an agent heartbeats with. */
export interface Tokens {
  /** Bearer for calls to that start of that agent: made once per agent and half minute, not per request. */
  forAgent(agentId: AgentId, incarnation: number): string;
  /** Bearer with which one agent may read one model, of that digest, at that start of another. */
  forCopy(right: CopyRight): string;
  /** The credential given to an agent at registration; bound to its id and incarnation. */
  issueTo(agentId: AgentId, incarnation: number): string;
  /** Throws BAD_AGENT_TOKEN unless the token was issued to exactly that id and incarnation. */
  check(token: string | undefined, agentId: AgentId, incarnation: number): void;
}

export interface CopyRight {
  readonly source: { readonly id: AgentId; readonly incarnation: number };
  readonly reader: AgentId;
  readonly model: string;
  readonly digest: string;
}

export interface TokensOptions {
  readonly signingKey: SigningKey;
  readonly replicaId: string;
  readonly clock: Clock;
}

export function createTokens({ signingKey, replicaId, clock }: TokensOptions): Tokens {
  const made = new Map<AgentId, { token: string; incarnation: number; madeMs: number }>();
  const verified = new LruMap<string, string>(REMEMBERED_TOKENS);
  const publicKey = createPublicKey(signingKey.privateKey);
  const signJwt = (claims: object) => {
    const text = `${HEADER}.${encode(claims)}`;
    return `${text}.${sign(null, Buffer.from(text), signingKey.privateKey).toString('base64url')}`;
  };

  return {
    forAgent: (agentId, incarnation) => {
      const known = made.get(agentId);
      if (known?.incarnation === incarnation && clock.monotonic() - known.madeMs < REUSE_MS) return known.token;
      const issuedS = Math.floor(clock.now() / 1000);
      const token = signJwt({
        iss: 'ollama-coordinator',
        sub: replicaId,
        aud: agentId,
        inc: incarnation,
        iat: issuedS,
        exp: issuedS + VALID_S,
      });
      made.set(agentId, { token, incarnation, madeMs: clock.monotonic() });
      return token;
    },
    // An issuer of its own: an agent that knows of no such tokens must not take one for its coordinator's.
    forCopy: ({ source, reader, model, digest }) =>
      signJwt({ iss: COPY_ISSUER, sub: reader, aud: source.id, inc: source.incarnation, model, digest }),
    issueTo: (agentId, incarnation) => signJwt({ iss: 'ollama-coordinator', sub: agentId, aud: 'coordinator', inc: incarnation }),
    check: (token, agentId, incarnation) => {
      if (token === undefined) throw new AppError('BAD_AGENT_TOKEN');
      const holder = `${agentId} ${incarnation}`;
      if (verified.get(token) === holder) return;
      const [header, claims, signature] = token.split('.');
      const text = `${header}.${claims}`;
      const isOurs = signature !== undefined && verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'));
      if (!isOurs || holderOf(claims) !== holder) throw new AppError('BAD_AGENT_TOKEN');
      verified.set(token, holder);
    },
  };
}

const HEADER = encode({ alg: 'EdDSA', typ: 'JWT' });

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function holderOf(claims: string | undefined): string | undefined {
  const { sub, inc, aud } = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString()) as Record<string, unknown>;
  return aud === 'coordinator' ? `${sub} ${inc}` : undefined;
}
