import { expect } from 'chai';
import { startWebProxy, type WebProxy } from '../support/download/start-web-proxy.js';
import { eventually } from '../support/eventually.js';
import { type FrontNginx, startFrontNginx } from '../support/proxies/start-front-nginx.js';
import { type Fleet, startFleet } from '../support/start-fleet.js';

const ADMIN_KEY = 'test-admin-key-0123456789';
const JOIN_TOKEN = 'test-join-token-0123456789';
const LOGIN = 'ann:secret';

/** The worst way there is: out through a company's proxy that wants a login, in through nginx (docs/deploy/nginx.conf) to one of three replicas. */
describe('a tunnel behind proxies', function () {
  this.timeout(120_000);
  let fleet: Fleet;
  let proxy: WebProxy;
  let nginx: FrontNginx;
  before(async () => {
    proxy = await startWebProxy({ login: LOGIN });
    fleet = await startFleet({
      replicas: 3,
      env: {
        COORDINATOR_AUTH: 'on',
        COORDINATOR_ADMIN_KEY: ADMIN_KEY,
        COORDINATOR_JOIN_TOKEN: JOIN_TOKEN,
        COORDINATOR_TRUSTED_PROXIES: '127.0.0.1',
        COORDINATOR_CLUSTER_SECRET: 'a-secret-for-this-run-only',
      },
    });
    const [first = 0, second = 0, third = 0] = fleet.coordinators.map(({ url }) => Number(new URL(url).port));
    nginx = await startFrontNginx([first, second, third]);
    await fleet.addAgent({
      name: 'far',
      ollama: { numParallel: 8, models: [{ name: 'tiny' }, { name: 'slow', decodeTokensPerS: 20, outputTokens: 2000 }] },
      env: {
        AGENT_COORDINATOR_URL: nginx.url,
        AGENT_COORDINATOR_PROXY: `http://${LOGIN}@127.0.0.1:${proxy.port}`,
        AGENT_JOIN_TOKEN: JOIN_TOKEN,
        AGENT_TRANSPORT: 'tunnel',
        AGENT_ADVERTISE: '127.0.0.1:9',
        AGENT_SLOTS: '8',
      },
    });
  });
  after(async () => {
    await fleet?.close();
    await nginx?.stop();
    await proxy?.close();
  });

  const ask = (url: string, body: object = {}, signal: AbortSignal | null = null) =>
    fetch(`${url}/api/generate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
      body: JSON.stringify({ model: 'tiny', prompt: 'hello k', options: { num_predict: 20 }, ...body }),
      signal,
    });

  for (const replica of [0, 1, 2])
    it(`answers through replica ${replica}, whole and streamed`, async () => {
      const url = fleet.coordinators[replica]?.url ?? '';
      await eventually(async () => expect((await ask(url, { stream: false })).status).to.equal(200));
      const whole = (await (await ask(url, { stream: false })).json()) as { response: string };
      const records = (await (await ask(url)).text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { response: string; done: boolean });
      expect(records.map(({ response }) => response).join('')).to.equal(whole.response);
      expect(records.at(-1)?.done).to.equal(true);
    });

  it('stops Ollama when the client of nginx leaves', async () => {
    const controller = new AbortController();
    const body = { model: 'slow', options: { num_predict: 2000 } };
    const response = await ask(nginx.url, body, controller.signal);
    await response.body?.getReader().read();
    expect(fleet.agents[0]?.ollama?.stats.inFlight).to.equal(1);
    controller.abort();
    await eventually(() => fleet.agents[0]?.ollama?.stats.inFlight === 0);
  });

  it('went through the proxy, all of it', () => {
    expect(proxy.requests).to.include(`CONNECT ${new URL(nginx.url).host}`);
    expect(new Set(proxy.requests).size).to.equal(1);
  });
});
