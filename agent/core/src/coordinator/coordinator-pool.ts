import type http from 'node:http';
import https from 'node:https';
import { isIP, type Socket } from 'node:net';
import tls, { type SecureContextOptions } from 'node:tls';
import { type AgentConfig, AppError } from '@ollama-coordinator/common';
import { connectThroughProxy } from '../http/connect-through-proxy.js';
import { hostOf, portOf } from '../http/local-address.js';
import { createConnectionPool } from '../http/request-json.js';
import { type ProxyOnTheWay, proxyTowards } from './proxy-towards.js';
import { readTlsTowards } from './tls-towards.js';

export type CoordinatorPlace = Pick<
  AgentConfig,
  'coordinatorUrl' | 'coordinatorProxy' | 'coordinatorCertificate' | 'tlsCa' | 'tlsCert' | 'tlsKey'
>;

type Callback = (error: Error | null, socket?: Socket) => void;
type Create = (options: unknown, callback: Callback) => undefined;

/**
 * Connections to the coordinator, of which `maxFreeSockets` may idle: through the proxy on the way, where there is one, and over HTTPS to
 * whoever the authorities vouch for, or whose certificate is the one that this agent knows. Throws BAD_CONFIG.
 */
export function createCoordinatorPool(config: CoordinatorPlace, maxFreeSockets: number, env: NodeJS.ProcessEnv = process.env): http.Agent {
  const { coordinatorUrl, coordinatorCertificate: certificate } = config;
  const proxy = proxyTowards(config, env);
  const trust = readTlsTowards(config);
  const pool = createConnectionPool(coordinatorUrl, maxFreeSockets, trust);
  const isSecure = pool instanceof https.Agent;
  if (proxy === undefined && (certificate === undefined || !isSecure)) return pool;
  const place = { host: hostOf(coordinatorUrl), port: portOf(coordinatorUrl) };
  const create: Create = (_options, callback) => {
    open(place, { proxy, ...(isSecure && { trust, certificate }) }).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error),
    );
  };
  return Object.assign(pool, { createConnection: create });
}

interface Way {
  readonly proxy: ProxyOnTheWay | undefined;
  /** Undefined: plain HTTP. */
  readonly trust?: SecureContextOptions | undefined;
  readonly certificate?: string | undefined;
}

async function open(place: { host: string; port: number }, { proxy, trust, certificate }: Way): Promise<Socket> {
  const socket = proxy === undefined ? undefined : await connectThroughProxy(proxy, place);
  if (trust === undefined) {
    if (socket === undefined) throw new Error('nothing stands between this agent and its coordinator');
    return socket;
  }
  return new Promise((resolve, reject) => {
    const servername = isIP(place.host) === 0 ? { servername: place.host } : {};
    const secure = tls.connect({ ...place, ...trust, ...servername, ...(socket && { socket }), rejectUnauthorized: false });
    secure.once('error', reject);
    secure.once('secureConnect', () => {
      secure.off('error', reject);
      if (secure.authorized || (certificate !== undefined && secure.getPeerX509Certificate()?.fingerprint256 === certificate))
        return resolve(secure);
      secure.on('error', () => undefined).destroy();
      reject(strangerError(`${place.host}:${place.port}`, secure.authorizationError, certificate));
    });
  });
}

function strangerError(url: string, reason: Error | string | undefined, certificate: string | undefined): Error {
  if (certificate === undefined)
    return reason instanceof Error ? reason : Object.assign(new Error(String(reason)), { code: String(reason) });
  return new AppError('COORDINATOR_CERTIFICATE', { details: { url } });
}
