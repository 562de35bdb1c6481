import type { IncomingMessage } from 'node:http';

/** Whether a browser says that a page of this very coordinator sent the request. What is no browser says nothing: false. */
export function isFromOwnPage({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  if (origin !== undefined) return URL.canParse(origin) && new URL(origin).host === host;
  return headers['sec-fetch-site'] === 'same-origin';
}
