import { expect } from 'chai';
import { proxyTowards } from '#agent/coordinator/proxy-towards.js';

const ENV = {
  HTTPS_PROXY: 'http://ann:s%20cret@office:3128',
  HTTP_PROXY: 'office:3128',
  NO_PROXY: 'lab.example, .test:8443 other.example',
};
const towards = (coordinatorUrl: string, coordinatorProxy = 'auto', env: Record<string, string> = ENV) =>
  proxyTowards({ coordinatorUrl, coordinatorProxy }, env);

describe('proxyTowards', () => {
  it('takes the proxy of the environment for a coordinator on the internet, with its login', () => {
    const proxy = towards('https://ollama.example');
    expect(proxy?.url.host).to.equal('office:3128');
    expect(proxy?.authorization).to.equal(`Basic ${Buffer.from('ann:s cret').toString('base64')}`);
    expect(towards('http://ollama.example:8080')?.authorization).to.equal(undefined);
  });

  for (const url of [
    'http://127.0.0.1:8080',
    'http://192.168.1.10:8080',
    'http://10.0.0.1',
    'http://172.20.0.1',
    'http://gpu-box:8080',
    'http://box.local',
    'http://[fd00::1]:8080',
    'https://lab.example',
    'https://one.lab.example',
    'https://a.test:8443',
  ])
    it(`goes straight to ${url}`, () => expect(towards(url)).to.equal(undefined));

  for (const url of ['http://172.32.0.1', 'https://a.test', 'https://lab.example.evil.com', 'http://8.8.8.8'])
    it(`goes through the proxy to ${url}`, () => expect(towards(url)?.url.hostname).to.equal('office'));

  it('does as it is told, whatever the address', () => {
    expect(towards('http://127.0.0.1:8080', 'http://me:pw@near:1')?.url.host).to.equal('near:1');
    expect(towards('https://ollama.example', 'off')).to.equal(undefined);
    expect(towards('https://ollama.example', 'auto', {})).to.equal(undefined);
  });
});
