import { createPublicKey, sign, verify } from 'node:crypto';
import { AppError, type Clock, COPY_ISSUER } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import { LruMap } from './lru-map.js';
import type { SigningKey } from './signing-key.js';

/** How long a token towards an agent is used before another is made, and how long it claims to be valid. */
const REUSE_MS = 30_000;
const VALID_S = 60;
const REMEMBERED_TOKENS = 20_000;
const ISSUER = 'ollama-coordinator';
/** Whom an agent's credential is for. No agent may have it for an id, or a token towards it would look like a credential. */
export const CREDENTIAL = 'coordinator';

/** Signed tokens in both directions: coordinator → agent, and the credential that an agent heartbeats with. */
export interface Tokens {
  /** Bearer for calls to that start of that agent: made once per agent and half minute, not per request. */
  forAgent(agentId: AgentId, incarnation: number): string;
  /** Bearer with which one agent may read one model, of that digest, at that start of another. */
  forCopy(right: CopyRight): string;
  /** The credential given to an agent at registration; bound to its id and incarnation. `generation` grows when it is rotated. */
  issueTo(agentId: AgentId, incarnation: number, generation?: number): string;
  /** The agent that a replica of this fleet made the token towards, whenever that was: clocks may differ by any time. Throws BAD_AGENT_TOKEN. */
  readTowards(token: string | undefined): AgentId;
  /** Whom the token was issued to. Called before anything else of a request is read. Throws BAD_AGENT_TOKEN. */
  read(token: string | undefined): AgentCredential;
}

/** What an agent's credential says: that start of that agent. */
export interface AgentCredential {
  readonly agentId: AgentId;
  readonly incarnation: number;
  readonly generation: number;
}

/** Throws BAD_AGENT_TOKEN unless the credential was issued to exactly that id and incarnation. */
export function demandHolder(credential: AgentCredential, agentId: AgentId, incarnation: number): void {
  if (credential.agentId !== agentId || credential.incarnation !== incarnation) throw new AppError('BAD_AGENT_TOKEN');
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
  const verified = new LruMap<string, AgentCredential>(REMEMBERED_TOKENS);
  const publicKey = createPublicKey(signingKey.privateKey);
  const signJwt = (claims: object) => {
    const text = `${HEADER}.${encode(claims)}`;
    return `${text}.${sign(null, Buffer.from(text), signingKey.privateKey).toString('base64url')}`;
  };

  /** Of a token that the fleet's key signed. */
  const claimsOf = (token: string | undefined): Record<string, unknown> | undefined => {
    const [header, claims = '', signature] = token?.split('.') ?? [];
    const isOurs =
      signature !== undefined && verify(null, Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url'));
    return isOurs ? JSON.parse(Buffer.from(claims, 'base64url').toString()) : undefined;
  };

  return {
    forAgent: (agentId, incarnation) => {
      const known = made.get(agentId);
      if (known?.incarnation === incarnation && clock.monotonic() - known.madeMs < REUSE_MS) return known.token;
      const issuedS = Math.floor(clock.now() / 1000);
      const token = signJwt({
        iss: ISSUER,
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
    issueTo: (agentId, incarnation, generation = 0) =>
      signJwt({ iss: ISSUER, sub: agentId, aud: CREDENTIAL, inc: incarnation, ...(generation === 0 ? {} : { gen: generation }) }),
    readTowards: (token) => {
      const claims = claimsOf(token);
      if (claims?.iss !== ISSUER || typeof claims.aud !== 'string' || claims.aud === CREDENTIAL) throw new AppError('BAD_AGENT_TOKEN');
      return claims.aud;
    },
    read: (token) => {
      const known = token === undefined ? undefined : verified.get(token);
      if (known) return known;
      const claims = claimsOf(token);
      const credential = claims && credentialOf(claims);
      if (token === undefined || credential === undefined) throw new AppError('BAD_AGENT_TOKEN');
      verified.set(token, credential);
      return credential;
    },
  };
}

const HEADER = encode({ alg: 'EdDSA', typ: 'JWT' });

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Undefined for a token that is ours, but no agent's credential. */
function credentialOf({ iss, sub, inc, aud, gen = 0 }: Readonly<Record<string, unknown>>): AgentCredential | undefined {
  return iss === ISSUER && aud === CREDENTIAL && typeof sub === 'string' && typeof inc === 'number' && typeof gen === 'number'
    ? { agentId: sub, incarnation: inc, generation: gen }
    : undefined;
}
