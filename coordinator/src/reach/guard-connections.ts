import dns from 'node:dns';
import type { Agent } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { connectPinned } from '@ollama-coordinator/common';
import type { Reach } from './reach.js';

type Callback = (error: Error | null, socket?: unknown) => void;
type Create = (options: { host?: string | null; port?: number | string | null; lookup?: LookupFunction }, callback: Callback) => unknown;

/**
 * Without `reach` the pool as it is. With it: lets the pool open connections only to addresses that the policy allows, judged on the address that is connected to: a name that pointed
 * elsewhere when its agent registered gains nothing. Agents behind tunnels are dialled through those. To agents that registered with a certificate they are TLS, to that certificate alone.
 */
export function guardConnections<Pool extends Agent>(pool: Pool, reach: Reach | undefined): Pool {
  if (reach === undefined) return pool;
  const guarded = pool as unknown as { createConnection: Create };
  const create = guarded.createConnection.bind(pool);
  const lookup = guardLookup(reach);
  guarded.createConnection = (options, callback) => {
    const host = options.host ?? '';
    const isName = isIP(host) === 0;
    const tunnelled = isName ? reach.dial(host) : undefined;
    if (tunnelled !== undefined) return tunnelled;
    if (!isName && !reach.mayConnect(host, 'address')) {
      process.nextTick(callback, refusal(host));
      return undefined;
    }
    const port = Number(options.port);
    const certificate = reach.certificateOf(host, port);
    if (certificate === undefined) return create(isName ? { ...options, lookup } : options, callback);
    connectPinned({ host, port, certificate, own: reach.own(), ...(isName ? { lookup } : {}) }, callback);
    return undefined;
  };
  return pool;
}

/** As `dns.lookup`, without the addresses that the policy refuses. */
function guardLookup({ mayConnect }: Pick<Reach, 'mayConnect'>): LookupFunction {
  return (name, options, callback) => {
    dns.lookup(name, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '');
      const allowed = found.filter(({ address }) => mayConnect(address, name === 'localhost' ? 'address' : 'name'));
      const [first] = allowed;
      if (first === undefined) callback(refusal(name), '');
      else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function refusal(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${host} is no address of an agent`), { code: 'EACCES' });
}
