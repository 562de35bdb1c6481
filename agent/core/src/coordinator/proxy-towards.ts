import { isIP } from 'node:net';
import type { AgentConfig } from '@ollama-coordinator/common';
import { isThisMachine } from '../http/local-address.js';
import { readProxySettings } from '../http/proxy-settings.js';

/** A proxy on the way to the coordinator. */
export interface ProxyOnTheWay {
  readonly url: URL;
  /** What it is told about who asks; undefined where no login was given. */
  readonly authorization: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy on the way to the coordinator, or none. A proxy of the environment is one for the internet: a coordinator on this machine, at a
 * private address, or under a name of the own network is reached without it.
 */
export function proxyTowards(
  { coordinatorUrl, coordinatorProxy }: Pick<AgentConfig, 'coordinatorUrl' | 'coordinatorProxy'>,
  env: Env,
): ProxyOnTheWay | undefined {
  if (coordinatorProxy === 'off') return undefined;
  if (coordinatorProxy !== 'auto') return toProxy(coordinatorProxy);
  const { hostname, protocol, port } = new URL(coordinatorUrl);
  const { httpProxy, httpsProxy, noProxy } = readProxySettings(env);
  const text = protocol === 'https:' ? httpsProxy : httpProxy;
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (text === '' || isOfOwnNetwork(host) || isExempt(host, port, noProxy)) return undefined;
  return toProxy(text);
}

function toProxy(text: string): ProxyOnTheWay {
  const url = new URL(text);
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { url, authorization: url.username === '' ? undefined : `Basic ${Buffer.from(login).toString('base64')}` };
}

const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[789]\d|1[01]\d|12[0-7])\.)/;

function isOfOwnNetwork(host: string): boolean {
  if (isThisMachine(host)) return true;
  if (isIP(host) === 4) return PRIVATE.test(host);
  if (isIP(host) === 6) return /^f[cde]/.test(host);
  return !host.includes('.') || /\.(local|lan|internal|home\.arpa)$/.test(host);
}

/** NO_PROXY: names and what is below them, with a port or without, between commas or spaces; `*` is everything. */
function isExempt(host: string, port: string, noProxy: string): boolean {
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (only !== undefined && only !== port) return false;
      const bare = name.replace(/^\*?\./, '');
      return name === '*' || host === bare || host.endsWith(`.${bare}`);
    });
}
