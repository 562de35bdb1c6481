import { expect } from 'chai';
import { type InferenceRoute, ROUTES } from '#coordinator/http/routes.js';
import { readLoadCall } from '#coordinator/routing/load-call.js';

const routeOf = (path: string) => ROUTES.find((route) => route.path === path) as InferenceRoute;

describe('readLoadCall', () => {
  const table: readonly [string, object, 'load' | 'unload' | undefined][] = [
    ['/api/generate', {}, 'load'],
    ['/api/generate', { prompt: '' }, 'load'],
    ['/api/generate', { prompt: 'hi' }, undefined],
    ['/api/generate', { prompt: 'hi', keep_alive: 0 }, undefined],
    ['/api/generate', { keep_alive: '10m' }, 'load'],
    ['/api/generate', { keep_alive: -1 }, 'load'],
    ['/api/generate', { keep_alive: 0 }, 'unload'],
    ['/api/generate', { keep_alive: '0' }, 'unload'],
    ['/api/generate', { keep_alive: '0s' }, 'unload'],
    ['/api/generate', { keep_alive: '0h0.0m' }, 'unload'],
    ['/api/generate', { keep_alive: '0.5s' }, 'load'],
    ['/api/generate', { keep_alive: '10s' }, 'load'],
    ['/api/generate', { keep_alive: null }, 'load'],
    ['/api/chat', { messages: [] }, 'load'],
    ['/api/chat', { keep_alive: 0 }, 'unload'],
    ['/api/chat', { messages: [{ role: 'user', content: '' }], keep_alive: 0 }, undefined],
    ['/api/embed', { keep_alive: 0 }, undefined],
    ['/v1/chat/completions', { keep_alive: 0 }, undefined],
  ];
  for (const [path, fields, call] of table)
    it(`takes ${path} ${JSON.stringify(fields)} for ${call ?? 'a request'}`, () =>
      expect(readLoadCall(routeOf(path), { model: 'm', ...fields })).to.equal(call));
});
