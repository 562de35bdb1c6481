import { AppError, describeCause } from '@ollama-coordinator/common';
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { discardBody } from '../../http/discard-body.js';
import { readProxySettings } from '../../http/proxy-settings.js';
import { isAllowedRedirect } from './allowed-redirect.js';

type Env = Readonly<Record<string, string | undefined>>;

/** GET over the proxies of the environment; redirects are followed where they are allowed. */
export interface ProxyClient {
  /** Throws PROXY_NEEDS_LOGIN, DOWNLOAD_FAILED, REDIRECT_REFUSED, and the signal's reason. The body must be read or destroyed. */
  get(url: string, options: { headers?: Record<string, string>; signal: AbortSignal }): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

const MAX_REDIRECTS = 10;
const HEADERS_TIMEOUT_MS = 30_000;

export function createProxyClient(env: Env): ProxyClient {
  const settings = readProxySettings(env);
  const agent = new EnvHttpProxyAgent({ ...settings, headersTimeout: HEADERS_TIMEOUT_MS, bodyTimeout: 0, proxyTunnel: false });
  const ask: ProxyClient['get'] = async (url, { headers, signal }) => {
    const proxy = hiddenLogin(url.startsWith('https:') ? settings.httpsProxy : settings.httpProxy);
    try {
      const response = await request(url, { dispatcher: agent, signal, ...(headers && { headers }) });
      if (response.statusCode !== 407) return response;
      discardBody(response);
    } catch (error) {
      signal.throwIfAborted();
      if (!isLoginWanted(error)) throw new AppError('DOWNLOAD_FAILED', { details: { url, cause: causeOf(error) }, cause: error });
    }
    throw new AppError('PROXY_NEEDS_LOGIN', { details: { proxy } });
  };
  return {
    async get(url, options) {
      let at = url;
      for (let count = 0; count <= MAX_REDIRECTS; count += 1) {
        const response = await ask(at, options);
        const next = nextAddress(response, at);
        if (next === undefined) return response;
        discardBody(response);
        if (!isAllowedRedirect(new URL(at), next)) throw new AppError('REDIRECT_REFUSED', { details: { url: at, host: next.host } });
        at = next.href;
      }
      throw new AppError('DOWNLOAD_FAILED', { details: { url, cause: 'it is sent on from one address to the next without end' } });
    },
    close: () => agent.close(),
  };
}

/** Where an answer sends on to; undefined where it is no such answer. */
function nextAddress({ statusCode, headers }: Dispatcher.ResponseData, from: string): URL | undefined {
  const { location } = headers;
  const isRedirect = [301, 302, 303, 307, 308].includes(statusCode) && typeof location === 'string';
  return isRedirect && URL.canParse(location, from) ? new URL(location, from) : undefined;
}

/** The proxy's address for people: without user and password. */
function hiddenLogin(proxy: string): string {
  return URL.canParse(proxy) ? new URL(proxy).origin : proxy;
}

/** What undici says of a proxy that answers CONNECT with 407. */
function isLoginWanted(error: unknown): boolean {
  return /\b407\b/.test(describeCause(error));
}

/** Connecting to a name with several addresses fails with one error of several. */
function causeOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return describeCause(first);
}
