import { AppError, type Clock } from '@ollama-coordinator/common';
import { type CryptoKey, importJWK, jwtVerify } from 'jose';

/** How long a token is good after this agent first saw it. Neither side's wall clock is asked: it may be off by a day. */
const TOKEN_LIFE_MS = 5 * 60_000;
const MAX_TOKENS = 4096;
const BEARER = 'Bearer ';

export interface TokenCheckOptions {
  readonly agentId: string;
  readonly incarnation: number;
  readonly clock: Clock;
}

export interface TokenCheck {
  /** Takes the fleet's public key: Ed25519, raw, base64url. Tokens of another key are forgotten. */
  useKey(coordinatorKey: string): Promise<void>;
  /** The replica that a header's token was accepted for before: one lookup. Undefined: ask verify(). */
  known(authorization: string | undefined): string | undefined;
  /** The replica that the token speaks for. Throws BAD_AGENT_TOKEN. */
  verify(authorization: string | undefined): Promise<string>;
}

interface Seen {
  readonly replica: string;
  readonly firstSeenMs: number;
}

/**
 * Accepts a JWT that the fleet's key signed (EdDSA) for this agent. A token that names an incarnation (`inc`) is good for that
 * start of the agent only, so that one overheard earlier is worth nothing after a restart.
 */
export function createTokenCheck({ agentId, incarnation, clock }: TokenCheckOptions): TokenCheck {
  const seen = new Map<string, Seen>();
  let key: CryptoKey | Uint8Array | undefined;

  const known = (authorization: string | undefined): string | undefined => {
    const entry = authorization === undefined ? undefined : seen.get(authorization);
    return entry && clock.monotonic() - entry.firstSeenMs < TOKEN_LIFE_MS ? entry.replica : undefined;
  };
  const remember = (authorization: string, replica: string): void => {
    // The oldest go first: they are past their life, save when a coordinator makes a token per request.
    if (seen.size >= MAX_TOKENS) for (const [oldest] of seen) if (seen.delete(oldest)) break;
    seen.set(authorization, { replica, firstSeenMs: clock.monotonic() });
  };
  return {
    async useKey(coordinatorKey) {
      key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: coordinatorKey }, 'EdDSA');
      seen.clear();
    },
    known,
    async verify(authorization) {
      if (!key || !authorization?.startsWith(BEARER)) throw new AppError('BAD_AGENT_TOKEN');
      if (!seen.has(authorization)) {
        const replica = await verifySignature(authorization.slice(BEARER.length), key, { agentId, incarnation });
        if (!seen.has(authorization)) remember(authorization, replica);
      }
      const replica = known(authorization);
      if (replica === undefined) throw new AppError('BAD_AGENT_TOKEN');
      return replica;
    },
  };
}

async function verifySignature(
  token: string,
  key: CryptoKey | Uint8Array,
  { agentId, incarnation }: { agentId: string; incarnation: number },
): Promise<string> {
  try {
    // Issuer and verifier may differ by any time, so the claimed times are not judged; known() bounds the token's life.
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      issuer: 'ollama-coordinator',
      audience: agentId,
      clockTolerance: Number.MAX_SAFE_INTEGER,
    });
    if (!payload.sub || payload.sub.length > 64) throw new Error('the token names no replica');
    if (payload.inc !== undefined && payload.inc !== incarnation) throw new Error('the token is for another start');
    return payload.sub;
  } catch (cause) {
    throw new AppError('BAD_AGENT_TOKEN', { cause });
  }
}
