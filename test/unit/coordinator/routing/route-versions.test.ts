import { expect } from 'chai';
import { ROUTES } from '#coordinator/http/routes.js';
import { describeVersions, hasRoute, ROUTE_VERSIONS } from '#coordinator/routing/route-versions.js';

describe('hasRoute', () => {
  const table: readonly [string, string, boolean][] = [
    ['/v1/responses', '0.11.4', false],
    ['/v1/responses', '0.13.2', false],
    ['/v1/responses', '0.13.3', true],
    ['/v1/responses', '0.13.3-rc1', true],
    ['/v1/responses', 'v0.14.0', true],
    ['/v1/responses', '1.0.0', true],
    ['/v1/images/edits', '0.14.9', false],
    ['/v1/images/edits', '0.24.0', true],
    ['/v1/images/edits', '0.32.5', true],
    ['/v1/images/edits', '0.32.6', false],
    ['/api/chat', '0.1.0', true],
    // Builds of one's own, and agents that have not said it yet.
    ['/v1/responses', '0.0.0', true],
    ['/v1/responses', '', true],
    ['/v1/responses', 'dev', true],
  ];
  for (const [path, version, has] of table)
    it(`${version || 'an unknown version'} ${has ? 'has' : 'lacks'} ${path}`, () => expect(hasRoute(path, version)).to.equal(has));
});

describe('ROUTE_VERSIONS', () => {
  it('names routes that there are', () => {
    expect(ROUTES.map(({ path }) => path)).to.include.members(Object.keys(ROUTE_VERSIONS));
  });

  it('is described in words', () => {
    expect(describeVersions('/v1/messages')).to.equal('0.14.0 or later');
    expect(describeVersions('/v1/images/edits')).to.equal('0.15.0 to 0.32.5');
  });
});
