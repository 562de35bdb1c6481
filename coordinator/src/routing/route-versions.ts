/** The Ollama versions that have a route: from the first on, or up to the last where it was taken away again. */
export interface RouteVersions {
  readonly first: string;
  readonly last?: string;
}

/** By path. Found by looking for each route in the source of every release up to 0.32.15; what is not here is as old as the API. */
export const ROUTE_VERSIONS: Readonly<Record<string, RouteVersions>> = {
  '/v1/chat/completions': { first: '0.1.24' },
  '/v1/completions': { first: '0.2.0' },
  '/v1/embeddings': { first: '0.2.6' },
  '/api/embed': { first: '0.2.6' },
  '/v1/responses': { first: '0.13.3' },
  '/v1/messages': { first: '0.14.0' },
  '/v1/images/generations': { first: '0.14.3', last: '0.32.5' },
  '/v1/images/edits': { first: '0.15.0', last: '0.32.5' },
  '/v1/audio/transcriptions': { first: '0.20.0' },
  '/api/experimental/model-recommendations': { first: '0.22.1' },
};

/** Whether an Ollama has a route. One that does not tell its version (a build of one's own says 0.0.0) counts as having it. */
export function hasRoute(path: string, version: string): boolean {
  const versions = ROUTE_VERSIONS[path];
  const number = versions && numberOf(version);
  if (!versions || !number) return true;
  return number >= (numberOf(versions.first) ?? 0) && (versions.last === undefined || number <= (numberOf(versions.last) ?? 0));
}

/** The versions in words: `0.13.3 or later`. */
export function describeVersions(path: string): string {
  const { first = '', last } = ROUTE_VERSIONS[path] ?? {};
  return last === undefined ? `${first} or later` : `${first} to ${last}`;
}

/** `0.32.15` as one comparable number; a release candidate counts as its release. Undefined where there is none, or only zeros. */
function numberOf(version: string): number | undefined {
  const [, major = 0, minor = 0, patch = 0] = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  const number = (Number(major) * 10_000 + Number(minor)) * 10_000 + Number(patch);
  return number === 0 ? undefined : number;
}
