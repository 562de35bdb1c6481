import { AppError, describeCause } from '@ollama-coordinator/common';
import { type Dispatcher, EnvHttpProxyAgent, interceptors, request } from 'undici';

type Env = Readonly<Record<string, string | undefined>>;

export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/** GET over the proxies of the environment; redirects are followed. */
export interface ProxyClient {
  /** Throws PROXY_NEEDS_LOGIN, DOWNLOAD_FAILED, and the signal's reason. The body must be read or destroyed. */
  get(url: string, options: { headers?: Record<string, string>; signal: AbortSignal }): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

const MAX_REDIRECTS = 10;
const HEADERS_TIMEOUT_MS = 30_000;

/**
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case; the lower case wins, as in curl. Where only HTTP_PROXY is set, https goes
 * through it too.
 */
export function readProxySettings(env: Env): ProxySettings {
  const read = (name: string) => withScheme((env[name.toLowerCase()] ?? env[name] ?? '').trim());
  const httpProxy = read('HTTP_PROXY');
  return { httpProxy, httpsProxy: read('HTTPS_PROXY') || httpProxy, noProxy: (env.no_proxy ?? env.NO_PROXY ?? '').trim() };
}

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

function withScheme(proxy: string): string {
  return proxy === '' || /^\w+:\/\//.test(proxy) ? proxy : `http://${proxy}`;
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
