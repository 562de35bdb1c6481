import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { createDownloadScene, type DownloadScene, failureOf } from '../../support/download/download-scene.js';
import { startWebProxy, type WebProxy } from '../../support/download/start-web-proxy.js';

describe('a download through a proxy', () => {
  let scene: DownloadScene;
  let proxy: WebProxy;
  beforeEach(async () => {
    scene = await createDownloadScene();
    proxy = await startWebProxy({ login: 'ann:s3cret' });
  });
  afterEach(async () => {
    await scene.close();
    await proxy.close();
  });
  const address = (login = 'ann:s3cret@') => `http://${login}127.0.0.1:${proxy.port}`;

  it('goes through it with its login, list and archive', async () => {
    expect(existsSync(await scene.download({ env: { HTTP_PROXY: address() } }))).to.equal(true);
    expect(proxy.requests).to.have.lengthOf.at.least(2);
    expect(proxy.requests.join(' ')).to.include(new URL(scene.server.url).host);
  });
  it('does not for hosts of NO_PROXY', async () => {
    expect(existsSync(await scene.download({ env: { HTTP_PROXY: address(), NO_PROXY: 'other.lan, 127.0.0.1' } }))).to.equal(true);
    expect(proxy.requests).to.deep.equal([]);
  });
  it('says that the proxy wants a login, and never tells one', async () => {
    const { code, message } = await failureOf(scene.download({ env: { HTTP_PROXY: address('ann:wrong@') } }));
    expect(code).to.equal('PROXY_NEEDS_LOGIN');
    expect(message).to.match(/^the proxy http:\/\/127\.0\.0\.1:\d+ wants a login; put it into HTTPS_PROXY/);
    expect(message).not.to.include('wrong');
  });
  it('says so for https too, where the proxy refuses the tunnel', async () => {
    const { code } = await failureOf(scene.download({ baseUrl: 'https://releases.invalid', env: { HTTPS_PROXY: address('') } }));
    expect(code).to.equal('PROXY_NEEDS_LOGIN');
  });
  it('names the address where the proxy is not there', async () => {
    await proxy.close();
    const { code, message } = await failureOf(scene.download({ env: { HTTP_PROXY: address() } }));
    expect(code).to.equal('DOWNLOAD_FAILED');
    expect(message).to.include('ECONNREFUSED');
    proxy = await startWebProxy();
  });
});
