type Env = Readonly<Record<string, string | undefined>>;

export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/**
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case; the lower case wins, as in curl. Where only HTTP_PROXY is set, https goes
 * through it too.
 */
export function readProxySettings(env: Env): ProxySettings {
  const read = (name: string) => withScheme((env[name.toLowerCase()] ?? env[name] ?? '').trim());
  const httpProxy = read('HTTP_PROXY');
  return { httpProxy, httpsProxy: read('HTTPS_PROXY') || httpProxy, noProxy: (env.no_proxy ?? env.NO_PROXY ?? '').trim() };
}

function withScheme(proxy: string): string {
  return proxy === '' || /^\w+:\/\//.test(proxy) ? proxy : `http://${proxy}`;
}
