import { expect } from 'chai';
import { readProxySettings } from '#agent/http/proxy-settings.js';

describe('readProxySettings', () => {
  const none = { httpProxy: '', httpsProxy: '', noProxy: '' };
  const rows: [env: Record<string, string>, settings: Partial<typeof none>][] = [
    [{}, {}],
    [{ HTTPS_PROXY: 'http://p:3128' }, { httpsProxy: 'http://p:3128' }],
    [{ HTTP_PROXY: 'http://p:3128' }, { httpProxy: 'http://p:3128', httpsProxy: 'http://p:3128' }],
    [
      { HTTP_PROXY: 'http://upper', http_proxy: 'http://lower' },
      { httpProxy: 'http://lower', httpsProxy: 'http://lower' },
    ],
    [{ HTTPS_PROXY: 'http://user:secret@p:3128' }, { httpsProxy: 'http://user:secret@p:3128' }],
    [{ https_proxy: 'p:3128' }, { httpsProxy: 'http://p:3128' }],
    [{ HTTPS_PROXY: ' ' }, {}],
    [{ NO_PROXY: 'localhost,.lan' }, { noProxy: 'localhost,.lan' }],
    [{ NO_PROXY: 'a', no_proxy: 'b' }, { noProxy: 'b' }],
  ];
  for (const [env, settings] of rows)
    it(`of ${JSON.stringify(env)}`, () => expect(readProxySettings(env)).to.deep.equal({ ...none, ...settings }));
});
