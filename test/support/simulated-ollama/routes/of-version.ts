import type { Route } from '../http/router.js';

/** Routes that came after 0.11, and those that went: [path, first release, last release]. */
const VERSIONS: readonly (readonly [path: string, first: string, last?: string])[] = [
  ['/v1/responses', '0.13.3'],
  ['/v1/messages', '0.14.0'],
  ['/v1/images/generations', '0.14.3', '0.32.5'],
  ['/v1/images/edits', '0.15.0', '0.32.5'],
  ['/v1/audio/transcriptions', '0.20.0'],
  ['/api/status', '0.16.2'],
  ['/api/me', '0.12.0'],
  ['/api/signout', '0.12.1'],
  ['/api/user/keys/:key', '0.12.0'],
  ['/api/experimental/web_search', '0.18.0'],
  ['/api/experimental/web_fetch', '0.18.0'],
  ['/api/experimental/model-recommendations', '0.22.1'],
];

/** The routes that an Ollama of that version has. */
export function routesOfVersion(routes: readonly Route[], version: string): readonly Route[] {
  const lacks = new Set(
    VERSIONS.filter(([, first, last]) => isBefore(version, first) || (last !== undefined && isBefore(last, version))).map(([path]) => path),
  );
  return routes.filter(([, path]) => !lacks.has(path));
}

function isBefore(one: string, other: string): boolean {
  return one.localeCompare(other, 'en', { numeric: true }) < 0;
}
