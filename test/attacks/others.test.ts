import { expect } from 'chai';
import type { AttackedFleet } from './support/attacked-fleet.js';
import { describeAttack } from './support/describe-attack.js';
import { sharedFleet } from './support/shared-fleet.js';

/** Every way in which a model may be named. */
const ASKED: readonly (readonly [method: string, path: string, body: (model: string) => object | undefined])[] = [
  ['POST', '/api/chat', (model) => ({ model, messages: [{ role: 'user', content: 'x' }] })],
  ['POST', '/api/generate', (model) => ({ model, prompt: 'x' })],
  ['POST', '/api/generate', (model) => ({ model, keep_alive: 0 })],
  ['POST', '/api/embed', (model) => ({ model, input: 'x' })],
  ['POST', '/api/embeddings', (model) => ({ model, prompt: 'x' })],
  ['POST', '/v1/chat/completions', (model) => ({ model, messages: [{ role: 'user', content: 'x' }] })],
  ['POST', '/v1/completions', (model) => ({ model, prompt: 'x' })],
  ['POST', '/v1/embeddings', (model) => ({ model, input: 'x' })],
  ['POST', '/v1/responses', (model) => ({ model, input: 'x' })],
  ['POST', '/v1/messages', (model) => ({ model, max_tokens: 5, messages: [{ role: 'user', content: 'x' }] })],
  ['POST', '/v1/images/generations', (model) => ({ model, prompt: 'x' })],
  ['POST', '/api/show', (model) => ({ model })],
  ['GET', '/v1/models/secret', () => undefined],
  ['GET', '/v1/models/secret:latest', () => undefined],
];
const SPELLINGS = ['secret', 'secret:latest', 'SECRET', 'library/secret', 'registry.ollama.ai/library/secret:latest', 'Secret:LATEST'];

describeAttack('others', 'a key that may use one model, beside another caller', (seen) => {
  let fleet: AttackedFleet;
  let own: string;
  let reader: string;
  let otherId: string;

  before(async () => {
    fleet = await sharedFleet();
    own = (await fleet.createKey({ scopes: ['infer'], models: ['tiny'] })).key;
    reader = (await fleet.createKey({ scopes: ['infer', 'read'], models: ['tiny'] })).key;
    const other = await fleet.createKey({ scopes: ['infer', 'read'] });
    otherId = other.id;
    const answer = await fleet.ask('POST', '/api/generate', other.key, { model: 'secret', prompt: 'mine', stream: false });
    expect(answer.status).to.equal(200);
  });

  for (const [method, path, body] of ASKED) {
    it(`${method} ${path} for a model that the key does not list`, async () => {
      for (const model of body('x') === undefined ? ['secret'] : SPELLINGS) {
        const answer = await fleet.ask(method, path, own, body(model));
        expect([403, 404], `${model}: ${answer.status}`).to.include(answer.status);
        expect(answer.headers.get('x-coordinator-agent'), model).to.equal(null);
        seen(answer.status);
        await answer.body?.cancel();
      }
    });
  }

  it('does not see it in lists', async () => {
    for (const path of ['/api/tags', '/api/tags?agents=1', '/api/ps', '/v1/models', '/api/experimental/model-recommendations']) {
      const text = await (await fleet.ask('GET', path, own)).text();
      expect(text, path).to.not.contain('secret');
    }
    seen('not listed');
  });

  it('does not see what others asked for, used or had done', async () => {
    const history = await fleet.ask('GET', '/api/coordinator/requests', reader);
    expect(await history.text()).to.not.contain('secret');
    for (const [method, path] of [
      ['GET', '/api/coordinator/requests/any'],
      ['GET', '/api/coordinator/queue'],
      ['GET', '/api/coordinator/events'],
      ['GET', '/api/coordinator/jobs'],
      ['GET', '/api/coordinator/stats'],
      ['GET', '/metrics'],
      ['GET', '/api/coordinator/keys'],
      ['GET', '/api/coordinator/audit'],
      ['DELETE', `/api/coordinator/keys/${otherId}`],
      ['PATCH', `/api/coordinator/keys/${otherId}`],
      ['GET', '/api/coordinator/join-tokens'],
    ] as const) {
      const { status } = await fleet.ask(method, path, reader, method === 'PATCH' ? { name: 'mine' } : undefined);
      expect(status, `${method} ${path}`).to.equal(403);
      seen(status);
    }
    const usage = await fleet.ask('GET', `/api/coordinator/keys/usage?key=${otherId}`, reader);
    expect(usage.status).to.equal(404);
    seen(404);
  });
});
