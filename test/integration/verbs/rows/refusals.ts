import { expect } from 'chai';
import type { RowTest } from '../verbs-fleet.js';

const refused =
  (method: string, path: string, sentence: RegExp): RowTest =>
  async ({ send }) => {
    const { status, json } = await send(method, path, {});
    expect(status).to.equal(403);
    expect(json<{ error: string }>().error).to.match(sentence);
  };

const account = /^ollama cloud is disabled: no account is signed in here; run "ollama signin" on the machine itself$/;

export const refusedRows: Readonly<Record<string, RowTest>> = {
  'GET /api/experimental/model-recommendations': async ({ send }) => {
    const reply = await send('GET', '/api/experimental/model-recommendations');
    expect(reply.agent).to.be.oneOf(['a', 'b', 'c']);
    expect(reply.json()).to.have.property('recommendations');
  },
  'POST /api/me': refused('POST', '/api/me', account),
  'POST /api/signout': refused('POST', '/api/signout', account),
  'DELETE /api/user/keys/:key': refused('DELETE', '/api/user/keys/abc', account),
  'POST /api/experimental/web_search': refused(
    'POST',
    '/api/experimental/web_search',
    /^ollama cloud is disabled: web search is unavailable$/,
  ),
  'POST /api/experimental/web_fetch': refused(
    'POST',
    '/api/experimental/web_fetch',
    /^ollama cloud is disabled: web fetch is unavailable$/,
  ),
};
