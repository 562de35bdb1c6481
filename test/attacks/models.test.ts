import { expect } from 'chai';
import type { AttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';
import { sharedFleet } from './support/shared-fleet.js';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const CHANGES: readonly (readonly [method: string, path: string, body?: object])[] = [
  ['POST', '/api/create', { model: 'stolen', from: 'tiny', system: 'x' }],
  ['POST', '/api/push', { model: 'evil.example/x/tiny', insecure: true }],
  ['POST', '/api/pull', { model: 'evil.example/x/tiny', insecure: true }],
  ['POST', '/api/pull', { model: 'http://127.0.0.1:1/x/tiny', insecure: true }],
  ['POST', '/api/pull', { model: 'tiny' }],
  ['POST', '/api/copy', { source: 'tiny', destination: 'stolen' }],
  ['DELETE', '/api/delete', { model: 'tiny' }],
  ['POST', `/api/blobs/${DIGEST}`, { any: 'bytes' }],
  ['HEAD', `/api/blobs/${DIGEST}`],
  ['POST', '/api/coordinator/jobs', { kind: 'pull', model: 'evil.example/x/tiny', insecure: true }],
];

describeAttack('models', 'an inference key', (seen) => {
  let fleet: AttackedFleet;
  let key: string;
  before(async () => {
    fleet = await sharedFleet();
    ({ key } = await fleet.createKey({ scopes: ['infer'] }));
  });

  for (const [method, path, body] of CHANGES) {
    it(`${method} ${path} ${JSON.stringify(body ?? {})}`, async () => {
      const { status } = await fleet.ask(method, path, key, body);
      expect(status).to.equal(403);
      seen(status);
    });
  }

  it('and no agent heard of it', async () => {
    for (const { ollama } of fleet.agents) {
      const heard = ollama?.requests.filter(({ path }) => /create|push|pull|copy|delete|blobs/.test(path));
      expect(heard?.map(({ path }) => path)).to.deep.equal([]);
    }
  });
});
