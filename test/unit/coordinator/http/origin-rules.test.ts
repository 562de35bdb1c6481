import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { createOriginRules } from '#coordinator/http/origin-rules.js';

const judge = (origin: string, { method = 'GET', host = 'box:8080', allowed = [] as string[] } = {}) =>
  createOriginRules(allowed)({ method, headers: { host, origin } } as unknown as IncomingMessage, origin);

describe('createOriginRules', () => {
  it('says nothing about a page of its own', () => {
    expect(judge('http://box:8080')).to.deep.equal({ headers: {} });
    expect(judge('https://box:8080')).to.deep.equal({ headers: {} });
  });

  for (const origin of [
    'http://localhost:3000',
    'https://127.0.0.1',
    'http://0.0.0.0:1',
    'app://obsidian.md',
    'tauri://localhost',
    'vscode-webview://x',
  ])
    it(`lets ${origin} in`, () => {
      expect(judge(origin)).to.deep.equal({ headers: { 'access-control-allow-origin': origin, vary: 'Origin' } });
      expect(judge(origin, { method: 'OPTIONS' }).status).to.equal(204);
    });

  for (const origin of [
    'http://evil.example',
    'http://localhost.evil.example',
    'http://localhost:80.evil.example',
    'http://box',
    'null',
    'http://evil.example/app://',
  ])
    it(`refuses ${origin}`, () => {
      expect(judge(origin)).to.deep.equal({ status: 403, headers: {} });
      expect(judge(origin, { method: 'OPTIONS' }).status).to.equal(403);
    });

  it('lets further origins in, a star standing for any text', () => {
    const allowed = ['https://chat.example', 'https://*.lab.example'];
    for (const origin of ['https://chat.example', 'https://a.lab.example']) expect(judge(origin, { allowed }).status).to.equal(undefined);
    for (const origin of ['https://chat.example.evil', 'https://chatXexample', 'http://a.lab.example'])
      expect(judge(origin, { allowed }).status).to.equal(403);
  });
});
