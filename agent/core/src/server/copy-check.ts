import { AppError, type Clock, COPY_ISSUER, modelDigestSchema } from '@ollama-coordinator/common';
import { type CryptoKey, importJWK, jwtVerify } from 'jose';
import { z } from 'zod';

/** What one agent may read of another: this model, while it has this digest. */
export interface CopyRight {
  readonly reader: string;
  readonly model: string;
  readonly digest: string;
}

/** How long such a token is good after this agent first saw it: a copy that breaks off and goes on shows it again. */
const LIFE_MS = 6 * 3600_000;
const MOST_REMEMBERED = 1024;
const BEARER = 'Bearer ';

const claimsSchema = z.object({ sub: z.string().max(64), inc: z.number(), model: z.string().min(1).max(512), digest: modelDigestSchema });

export interface CopyCheck {
  useKey(coordinatorKey: string): Promise<void>;
  /** Throws BAD_AGENT_TOKEN unless the fleet's key signed exactly that for this start of this agent. */
  verify(authorization: string | undefined): Promise<CopyRight>;
}

/** Tokens of agents. They are another kind than the coordinator's, by their issuer, and open nothing but the model that they name. */
export function createCopyCheck(options: { readonly agentId: string; readonly incarnation: number; readonly clock: Clock }): CopyCheck {
  const { agentId: audience, incarnation, clock } = options;
  const firstSeenMs = new Map<string, number>();
  let key: CryptoKey | Uint8Array | undefined;

  function isInTime(token: string): boolean {
    const seenMs = firstSeenMs.get(token) ?? clock.monotonic();
    if (firstSeenMs.size >= MOST_REMEMBERED) for (const [oldest] of firstSeenMs) if (firstSeenMs.delete(oldest)) break;
    firstSeenMs.set(token, seenMs);
    return clock.monotonic() - seenMs < LIFE_MS;
  }

  return {
    async useKey(coordinatorKey) {
      key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: coordinatorKey }, 'EdDSA');
    },
    async verify(authorization) {
      if (!key || !authorization?.startsWith(BEARER)) throw new AppError('BAD_AGENT_TOKEN');
      const token = authorization.slice(BEARER.length);
      try {
        // As with the coordinator's tokens, no clock of another machine is judged by.
        const clockTolerance = Number.MAX_SAFE_INTEGER;
        const { payload } = await jwtVerify(token, key, { algorithms: ['EdDSA'], issuer: COPY_ISSUER, audience, clockTolerance });
        const { sub: reader, inc, model, digest } = claimsSchema.parse(payload);
        if (inc !== incarnation) throw new Error('the token is for another start');
        if (!isInTime(token)) throw new Error('the token is too old');
        return { reader, model, digest };
      } catch (cause) {
        throw new AppError('BAD_AGENT_TOKEN', { cause });
      }
    },
  };
}
