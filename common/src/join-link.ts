import { z } from 'zod';
import { AppError } from './errors/app-error.js';
import { certificateSchema } from './protocol/registration.js';

/** What a machine needs to join a fleet. */
export interface JoinLink {
  /** Without a trailing slash. */
  readonly coordinatorUrl: string;
  readonly token: string;
  /** SHA-256 of the coordinator's certificate, as `AB:CD:…`; absent where none of its own is to be trusted. */
  readonly certificate?: string | undefined;
}

const partsSchema = z.object({ token: z.string().min(1).max(512), certificate: certificateSchema.optional() });

/**
 * One text for people to pass on, as `https://coordinator:8443/join#token=join_…&certificate=AB:CD:…`. What stands behind the # never leaves
 * the browser of whoever opens it.
 */
export function formatJoinLink({ coordinatorUrl, token, certificate }: JoinLink): string {
  const parts = new URLSearchParams({ token, ...(certificate === undefined ? {} : { certificate: certificate.replaceAll(':', '') }) });
  return `${coordinatorUrl}/join#${parts}`;
}

/** Throws BAD_JOIN_LINK where the text is no such link. */
export function parseJoinLink(text: string): JoinLink {
  const link = readJoinLink(text);
  if (link === undefined) throw new AppError('BAD_JOIN_LINK');
  return link;
}

function readJoinLink(text: string): JoinLink | undefined {
  if (!URL.canParse(text.trim())) return undefined;
  const { protocol, origin, pathname, hash } = new URL(text.trim());
  if (!/^https?:$/.test(protocol) || !/\/join\/?$/.test(pathname)) return undefined;
  const given = Object.fromEntries(new URLSearchParams(hash.slice(1)));
  const digits = given.certificate?.toUpperCase().match(/../g);
  const parts = partsSchema.safeParse({ token: given.token, ...(digits && { certificate: digits.join(':') }) });
  return parts.success ? { coordinatorUrl: origin + pathname.replace(/\/join\/?$/, ''), ...parts.data } : undefined;
}
