import { AppError, describeCause } from '@ollama-coordinator/common';
import { type Dispatcher, EnvHttpProxyAgent, interceptors, request } from 'undici';
import { readProxySettings } from '../../http/proxy-settings.js';

type Env = Readonly<Record<string, string | undefined>>;

/** GET over the proxies of the environment; redirects are followed. */
export interface ProxyClient {
  /** Throws PROXY_NEEDS_LOGIN, DOWNLOAD_FAILED, and the signal's reason. The body must be read or destroyed. */
  get(url: string, options: { headers?: Record<string, string>; signal: AbortSignal }): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

const MAX_REDIRECTS = 10;
const HEADERS_TIMEOUT_MS = 30_000;

export function createProxyClient(env: Env): ProxyClient {
  const settings = readProxySettings(env);
  const agent = new EnvHttpProxyAgent({ ...settings, headersTimeout: HEADERS_TIMEOUT_MS, bodyTimeout: 0, proxyTunnel: false });
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: MAX_REDIRECTS }));
  return {
    async get(url, { headers, signal }) {
      const proxy = hiddenLogin(url.startsWith('https:') ? settings.httpsProxy : settings.httpProxy);
      try {
        const response = await request(url, { dispatcher, signal, ...(headers && { headers }) });
        if (response.statusCode !== 407) return response;
        response.body.on('error', () => undefined).destroy();
      } catch (error) {
        signal.throwIfAborted();
        if (!isLoginWanted(error)) throw new AppError('DOWNLOAD_FAILED', { details: { url, cause: causeOf(error) }, cause: error });
      }
      throw new AppError('PROXY_NEEDS_LOGIN', { details: { proxy } });
    },
    close: () => agent.close(),
  };
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
