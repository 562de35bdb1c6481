import { AppError, type Clock, type Logger } from '@ollama-coordinator/common';
import { z } from 'zod';
import { whyDead } from '../../credentials/api-key.js';
import type { Caller } from '../../credentials/caller.js';
import type { KeyRing } from '../../credentials/key-ring.js';
import type { SessionEnds } from '../../credentials/session-ends.js';
import { SESSION_MS, type Sessions } from '../../credentials/sessions.js';
import type { ApiHandlers } from '../api-app.js';
import { isFromOwnPage } from '../own-origin.js';
import { parseInput } from '../parse-input.js';
import type { Peer } from '../peer.js';
import { readSessionCookie, sessionCookie } from '../session-cookie.js';

export interface SessionHandlersDeps {
  readonly keysOn: boolean;
  readonly apiKeys: Pick<KeyRing, 'find'>;
  readonly sessions: Sessions;
  readonly sessionEnds: Pick<SessionEnds, 'end'>;
  readonly peer: Pick<Peer, 'isSecure'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

const signInSchema = z.strictObject({ key: z.string().max(512) });

type SessionHandlerName = 'signIn' | 'whoAmI' | 'signOut';

/** Browsers sign in with a key and get a cookie for it, so that no page has to keep the key. */
export function createSessionHandlers(deps: SessionHandlersDeps): Pick<ApiHandlers, SessionHandlerName> {
  const { keysOn, apiKeys, sessions, sessionEnds, peer, clock, log } = deps;
  const describe = ({ id, scopes, key }: Caller) => ({
    name: id,
    keys_on: keysOn,
    scopes: [...scopes],
    ...(key === undefined ? {} : { key_id: key.id }),
  });
  return {
    signIn: (req, res, { audit }) => {
      // Else another site could sign its visitor in under a key of its own.
      if (req.headers.origin !== undefined && !isFromOwnPage(req)) throw new AppError('CROSS_SITE');
      const holder = apiKeys.find(parseInput(signInSchema, req.body).key);
      if (!holder) throw new AppError('BAD_KEY');
      Object.assign(audit, { actor: holder.id, keyId: holder.key.id });
      const why = whyDead(holder.key, clock.now());
      if (why) throw new AppError('DEAD_KEY', { details: { why } });
      res.setHeader('set-cookie', sessionCookie(sessions.open(holder.key), peer.isSecure(req)));
      res.setHeader('cache-control', 'no-store');
      res.status(201).json(describe(holder));
    },
    whoAmI: (req, res, { caller }) => {
      const isSecure = peer.isSecure(req);
      const session = sessions.read(readSessionCookie(req, isSecure) ?? '');
      if (session && session.keyId === caller.key?.id && session.endsMs - clock.now() < SESSION_MS / 2)
        res.setHeader('set-cookie', sessionCookie(sessions.renew(session), isSecure));
      res.setHeader('cache-control', 'no-store');
      res.json(describe(caller));
    },
    signOut: async (req, res) => {
      const isSecure = peer.isSecure(req);
      const session = sessions.read(readSessionCookie(req, isSecure) ?? '');
      res.setHeader('set-cookie', sessionCookie(undefined, isSecure));
      if (session)
        await sessionEnds
          .end(session.id, session.endsMs)
          .catch((error: unknown) => log.warn({ err: error }, 'a session was ended here; other replicas hear of it when Redis is back'));
      res.status(204).end();
    },
  };
}
