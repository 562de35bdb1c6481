import { ROUTES, type Route } from './routes.js';

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export type MatchResult = RouteMatch | { readonly allow: readonly string[] } | undefined;

const PLAIN_SEGMENT = '([A-Za-z0-9._-]+)';
/** Names of models and digests have colons, and what a client encodes in them arrives with percent signs. */
const MODEL_SEGMENT = '([A-Za-z0-9._:%@~-]+)';

const exact = new Map<string, Map<string, Route>>();
const patterns: {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly path: string;
  readonly routes: Map<string, Route>;
}[] = [];
for (const route of ROUTES) methodsOf(route).set(route.method, route);

/** The order in which Ollama names methods in `Allow`. */
const METHODS = ['HEAD', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * The route of a request: one table look-up for fixed paths. `allow` when the path is known under other methods,
 * undefined when it is not. The path is matched as it was sent, never decoded or normalised, so that what is authorised is
 * what is dispatched.
 */
export function matchRoute(method: string, path: string): MatchResult {
  const methods = exact.get(path);
  if (methods) return pick(methods, method, {});
  for (const { pattern, names, routes } of patterns) {
    const found = pattern.exec(path);
    if (found) return pick(routes, method, Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? ''])));
  }
  return undefined;
}

function pick(methods: Map<string, Route>, method: string, params: Record<string, string>): MatchResult {
  const route = methods.get(method) ?? (method === 'HEAD' ? headRoute(methods) : undefined);
  return route ? { route, params } : { allow: METHODS.filter((name) => methods.has(name) || (name === 'HEAD' && headRoute(methods))) };
}

/** The coordinator's own GET routes answer HEAD as well, Ollama's where Ollama does. */
function headRoute(methods: Map<string, Route>): Route | undefined {
  const route = methods.get('GET');
  return route?.kind === 'api' || (route?.kind === 'verb' && route.head) ? route : undefined;
}

function methodsOf({ kind, path }: Route): Map<string, Route> {
  const names = [...path.matchAll(/:(\w+)/g)].map((found) => found[1] ?? '');
  if (names.length === 0) return exact.get(path) ?? setAndGet(path);
  const known = patterns.find((entry) => entry.path === path);
  if (known) return known.routes;
  const segment = kind === 'verb' ? MODEL_SEGMENT : PLAIN_SEGMENT;
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, segment)}$`);
  const routes = new Map<string, Route>();
  patterns.push({ pattern, names, path, routes });
  return routes;
}

function setAndGet(path: string): Map<string, Route> {
  const methods = new Map<string, Route>();
  exact.set(path, methods);
  return methods;
}
