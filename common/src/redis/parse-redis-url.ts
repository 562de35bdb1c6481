/** One address of a Redis server. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** What a Redis URL says. */
export interface RedisTarget {
  readonly kind: 'single' | 'socket' | 'sentinel' | 'cluster';
  /** One for `single`; several for `sentinel` (the sentinels) and `cluster` (where discovery begins). */
  readonly addresses: readonly RedisAddress[];
  /** Path of the Unix socket. */
  readonly path?: string;
  /** Name of the master that the sentinels watch. */
  readonly masterName?: string;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls: boolean;
}

const URL_SHAPE = /^(rediss?)(\+sentinel|\+cluster)?:\/\/(?:([^@/]*)@)?([^/]+)(?:\/(.*))?$/;

/**
 * Reads `redis[s]://[user:password@]host[:6379][/db]`, `unix:///path`,
 * `redis[s]+sentinel://[user:password@]host[:26379],…/master[/db]` and `redis[s]+cluster://[user:password@]host[:6379],…`.
 * Throws a TypeError that does not repeat the URL, which may hold a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  if (url.startsWith('unix://')) return { kind: 'socket', addresses: [], path: url.slice('unix://'.length), tls: false };
  const [, scheme, variant, credentials = '', hosts = '', path = ''] = URL_SHAPE.exec(url) ?? [];
  if (scheme === undefined) throw new TypeError('not a Redis URL');
  const kind = variant === '+sentinel' ? 'sentinel' : variant === '+cluster' ? 'cluster' : 'single';
  const [masterName, db] = kind === 'sentinel' ? path.split('/') : [undefined, path];
  const separator = credentials.indexOf(':');
  const username = decodeURIComponent(separator < 0 ? credentials : credentials.slice(0, separator));
  const password = separator < 0 ? '' : decodeURIComponent(credentials.slice(separator + 1));
  return {
    kind,
    addresses: hosts.split(',').map((text) => parseAddress(text, kind === 'sentinel' ? 26379 : 6379)),
    ...(masterName ? { masterName } : {}),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(db ? { db: Number(db) } : {}),
    tls: scheme === 'rediss',
  };
}

function parseAddress(text: string, defaultPort: number): RedisAddress {
  const [, host, port] = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d+))?$/.exec(text) ?? [];
  if (host === undefined) throw new TypeError('not a Redis URL');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? defaultPort) };
}
