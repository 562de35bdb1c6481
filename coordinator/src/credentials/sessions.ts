import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@ollama-coordinator/common';
import type { ApiKey } from './api-key.js';
import type { SigningKey } from './signing-key.js';

/** How long a session lasts without being renewed. */
export const SESSION_MS = 60 * 60_000;

/** A signed-in browser: a key, for an hour at a time. */
export interface Session {
  readonly id: string;
  readonly keyId: string;
  /** Wall time. */
  readonly endsMs: number;
}

/** Sessions are signed, not stored: every replica knows one that another has opened. What ended early is remembered until its time. */
export interface Sessions {
  /** The cookie's value. */
  open(key: Pick<ApiKey, 'id'>): string;
  /** Undefined for what is not ours, has ended, or was ended. Called with every request of a signed-in browser. */
  read(cookie: string): Session | undefined;
  /** The same session for a further hour. */
  renew(session: Session): string;
  /** Ends here; `untilMs` as of the session. Others are told by the caller. */
  end(id: string, untilMs: number): void;
}

export interface SessionsDeps {
  readonly signingKey: Pick<SigningKey, 'privateKey'>;
  readonly clock: Pick<Clock, 'now'>;
}

const COOKIE_SHAPE = /^([\w-]{16})\.([\w-]{1,64})\.(\d{1,15})\.([\w-]{43})$/;

export function createSessions({ signingKey, clock }: SessionsDeps): Sessions {
  const seed = signingKey.privateKey.export({ format: 'der', type: 'pkcs8' });
  const secret = Buffer.from(hkdfSync('sha256', seed, '', 'ollama-coordinator session', 32));
  const ended = new Map<string, number>();
  const sign = (text: string) => createHmac('sha256', secret).update(text).digest();
  const write = (id: string, keyId: string) => {
    const text = `${id}.${keyId}.${clock.now() + SESSION_MS}`;
    return `${text}.${sign(text).toString('base64url')}`;
  };
  return {
    open: (key) => write(randomBytes(12).toString('base64url'), key.id),
    renew: ({ id, keyId }) => write(id, keyId),
    read(cookie) {
      const [, id = '', keyId = '', ends = '', signature = ''] = COOKIE_SHAPE.exec(cookie) ?? [];
      if (id === '' || !timingSafeEqual(sign(`${id}.${keyId}.${ends}`), Buffer.from(signature, 'base64url'))) return undefined;
      const endsMs = Number(ends);
      return endsMs > clock.now() && !ended.has(id) ? { id, keyId, endsMs } : undefined;
    },
    end(id, untilMs) {
      for (const [past, pastMs] of ended) if (pastMs < clock.now()) ended.delete(past);
      ended.set(id, Math.max(untilMs, clock.now() + SESSION_MS));
    },
  };
}
