import type { IncomingMessage } from 'node:http';
import { SESSION_MS } from '../credentials/sessions.js';

/** With the prefix a browser takes it from an encrypted connection to this very host only (RFC 6265bis §4.1.3). */
const SECURE_NAME = '__Host-oc_session';
const PLAIN_NAME = 'oc_session';

/** The value of the session's cookie; undefined where there is none. */
export function readSessionCookie({ headers }: IncomingMessage, isSecure: boolean): string | undefined {
  const wanted = `${isSecure ? SECURE_NAME : PLAIN_NAME}=`;
  const pair = headers.cookie?.split(';').find((part) => part.trimStart().startsWith(wanted));
  return pair?.trim().slice(wanted.length);
}

/** The header that sets it; `undefined` takes it away. No script can read it, and no other site's page makes a browser send it. */
export function sessionCookie(value: string | undefined, isSecure: boolean): string {
  const life = value === undefined ? 0 : Math.floor(SESSION_MS / 1000);
  const name = isSecure ? SECURE_NAME : PLAIN_NAME;
  return `${name}=${value ?? ''}; Path=/; Max-Age=${life}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}
