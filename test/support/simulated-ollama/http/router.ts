import type { Exchange } from './exchange.js';

export type Handler = (exchange: Exchange) => void | Promise<void>;

/** Method, path (with `:name` for one segment), handler. */
export type Route = readonly [method: Method, path: string, handler: Handler];

type Method = 'HEAD' | 'GET' | 'POST' | 'DELETE';

/** The order in which Ollama's router names them in `Allow`. */
const METHODS: readonly Method[] = ['HEAD', 'GET', 'POST', 'DELETE'];

export type Routed =
  | { readonly kind: 'found'; readonly handler: Handler; readonly params: Record<string, string> }
  | { readonly kind: 'wrong-method'; readonly allow: string }
  | { readonly kind: 'redirect'; readonly location: string; readonly status: 301 | 307 }
  | { readonly kind: 'not-found' };

interface CompiledRoute {
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly handlers: Map<string, Handler>;
}

export function createRouter(routes: readonly Route[]) {
  const byPath = new Map<string, CompiledRoute>();
  for (const [method, path, handler] of routes) {
    const entry = byPath.get(path) ?? compile(path);
    entry.handlers.set(method, handler);
    byPath.set(path, entry);
  }
  const compiled = [...byPath.values()];

  function match(path: string) {
    const exact = byPath.get(path);
    if (exact !== undefined) return { entry: exact, params: {} };
    for (const entry of compiled) {
      const found = entry.names.length > 0 ? entry.pattern.exec(path) : null;
      if (found !== null)
        return { entry, params: Object.fromEntries(entry.names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')])) };
    }
    return undefined;
  }

  return (method: string, path: string): Routed => {
    const clean = path.replace(/\/{2,}/g, '/');
    if (clean !== path) return { kind: 'redirect', location: clean, status: 307 };
    const found = match(path);
    if (found === undefined) {
      const trimmed = path.replace(/\/$/, '');
      if (path !== trimmed && match(trimmed)?.entry.handlers.has(method)) {
        return { kind: 'redirect', location: trimmed, status: method === 'GET' ? 301 : 307 };
      }
      return { kind: 'not-found' };
    }
    const handler = found.entry.handlers.get(method);
    if (handler !== undefined) return { kind: 'found', handler, params: found.params };
    return { kind: 'wrong-method', allow: METHODS.filter((name) => found.entry.handlers.has(name)).join(', ') };
  };
}

function compile(path: string): CompiledRoute {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  return { pattern: new RegExp(`^${path.replace(/:\w+/g, '([^/]+)')}$`), names, handlers: new Map() };
}
