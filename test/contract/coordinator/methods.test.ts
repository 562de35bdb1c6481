import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { ROUTES } from '#coordinator/http/routes.js';
import { type SimulatedOllama, startSimulatedOllama } from '../../support/simulated-ollama/index.js';
import { type Fleet, startFleet } from '../../support/start-fleet.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const PARAMS: Readonly<Record<string, string>> = { ':digest': `sha256:${'0'.repeat(64)}`, ':model': 'tiny', ':key': 'abc' };
/** The Ollama of these tests is too new for them. */
const GONE = /^\/v1\/images\//;

const paths = [...new Set(ROUTES.filter(({ kind }) => kind !== 'api').map(({ path }) => path))].filter((path) => !GONE.test(path));
const concrete = (path: string) => path.replace(/:\w+/, (name) => PARAMS[name] ?? name);
const methodsOf = (path: string) => ROUTES.filter((route) => route.path === path).map(({ method }) => method);

/** Every route of Ollama's under every method that it has not, and with a slash too many: made from the route table. */
describe('methods and spellings of every route, as Ollama answers them', function () {
  this.timeout(60_000);
  let fleet: Fleet;
  let ollama: SimulatedOllama;
  before(async () => {
    ollama = await startSimulatedOllama();
    fleet = await startFleet({ agents: [{ name: 'one', ollama: {} }] });
  });
  after(async () => {
    await fleet.close();
    await ollama.close();
  });

  async function ask(url: string, method: string, path: string) {
    const sent = request(url, { method, path });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const { allow, location, 'content-type': type } = response.headers;
    return { status: response.statusCode, allow, location, type, body: await text(response) };
  }
  async function expectSame(method: string, path: string) {
    const [single, ours] = [await ask(ollama.url, method, path), await ask(fleet.url, method, path)];
    expect(ours, `${method} ${path}`).to.deep.equal(single);
    return ours.status;
  }

  for (const path of paths) {
    it(`${path}: 405 with Allow under every other method`, async () => {
      for (const method of METHODS) {
        const { status } = await ask(ollama.url, method, concrete(path));
        if (status === 405) await expectSame(method, concrete(path));
        else expect((await ask(fleet.url, method, concrete(path))).status, `${method} ${path}`).to.not.equal(405);
      }
    });

    if (path !== '/')
      it(`${path}/ and /${path}: redirected, with the query`, async () => {
        for (const method of methodsOf(path)) {
          expect(await expectSame(method, `${concrete(path)}/?x=1`)).to.equal(method === 'GET' ? 301 : 307);
          expect(await expectSame(method, `/${concrete(path)}?x=1`)).to.equal(307);
        }
      });
  }
});
