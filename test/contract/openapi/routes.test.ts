import { expect } from 'chai';
import { ROUTES, type Scope, SOCKET_ROUTES } from '#coordinator/http/routes.js';
import { operations, readContract } from '../../support/openapi-contract.js';

/** `GET /api/agents/{id}` → scope, for every route that the program has. */
function routeTable(): Record<string, Scope> {
  const table = [...ROUTES, ...SOCKET_ROUTES.map((route) => ({ ...route, method: 'GET' as const }))];
  return Object.fromEntries(table.map(({ method, path, scope }) => [`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`, scope]));
}

describe('contracts/openapi.yaml', () => {
  const contract = readContract();
  const described = operations(contract);

  it('has exactly the paths and methods of the route table', () => {
    expect(described.map(({ name }) => name)).to.have.members(Object.keys(routeTable()));
  });

  it('gives each route the scope that the route table gives it', () => {
    const scopes = Object.fromEntries(described.map(({ name, operation }) => [name, operation['x-scope']]));
    expect(scopes).to.deep.equal(routeTable());
  });

  it('asks for credentials everywhere except on public routes and at registration', () => {
    const open = described.filter(({ operation }) => operation.security?.length === 0).map(({ name }) => name);
    const isPublic = Object.entries(routeTable()).filter(([, scope]) => scope === 'public');
    expect(open).to.have.members([...isPublic.map(([name]) => name), 'POST /api/agents/register']);
  });

  it('names each operation once', () => {
    const ids = described.map(({ operation }) => operation.operationId);
    expect(ids).to.deep.equal([...new Set(ids)]);
    expect(ids).not.to.include(undefined);
  });

  it('declares the variables of each path, and no others', () => {
    for (const { name, operation } of described) {
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name);
      const used = [...name.matchAll(/\{(\w+)\}/g)].map(([, variable]) => variable);
      expect(declared, name).to.have.members(used);
    }
  });

  it('describes the error of each inference route in the shape of its API', () => {
    for (const route of ROUTES.filter(({ kind }) => kind === 'inference')) {
      const operation = described.find(({ name }) => name === `POST ${route.path}`)?.operation;
      const answer = operation?.responses['400'] as { content: Record<string, { schema: { properties: Record<string, unknown> } }> };
      const fields = Object.keys(answer.content['application/json']?.schema.properties ?? {});
      expect(fields, route.path).to.deep.equal(route.shape === 'anthropic' ? ['type', 'error', 'request_id'] : ['error']);
    }
  });
});
