import { ROUTES, type Route } from './routes.js';

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export type MatchResult = RouteMatch | { readonly allow: readonly string[] } | undefined;

const exact = new Map<string, Map<string, Route>>();
const patterns: {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly path: string;
  readonly routes: Map<string, Route>;
}[] = [];
for (const route of ROUTES) methodsOf(route.path).set(route.method, route);

/**
 * The route of a request: one table look-up for fixed paths. `allow` when the path is known under other methods,
 * undefined when it is not. HEAD is answered where GET is. The path is matched as it was sent, never decoded or
 * normalised, so that what is authorised is what is dispatched.
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
  const route = methods.get(method === 'HEAD' ? 'GET' : method);
  return route ? { route, params } : { allow: [...methods.keys()].flatMap((name) => (name === 'GET' ? ['HEAD', 'GET'] : [name])) };
}

function methodsOf(path: string): Map<string, Route> {
  const names = [...path.matchAll(/:(\w+)/g)].map((found) => found[1] ?? '');
  if (names.length === 0) return exact.get(path) ?? setAndGet(path);
  const known = patterns.find((entry) => entry.path === path);
  if (known) return known.routes;
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '([A-Za-z0-9._-]+)')}$`);
  const routes = new Map<string, Route>();
  patterns.push({ pattern, names, path, routes });
  return routes;
}

function setAndGet(path: string): Map<string, Route> {
  const methods = new Map<string, Route>();
  exact.set(path, methods);
  return methods;
}
