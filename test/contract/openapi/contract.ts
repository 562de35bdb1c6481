import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Operation {
  readonly operationId?: string;
  readonly 'x-scope'?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

export interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>> };
}

export type JsonObject = { readonly [key: string]: unknown };

/** The OpenAPI document with every `$ref` replaced by what it names. Throws where one names nothing. */
export function readContract(): Contract {
  const document = parse(readFileSync('specs/SPEC-32e2b31a/contracts/openapi.yaml', 'utf8')) as JsonObject;
  return resolve(document, document) as Contract;
}

/** Its operations under names like `GET /api/agents/{id}`. */
export function operations({ paths }: Contract): { readonly name: string; readonly operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
}

function resolve(node: unknown, document: JsonObject): unknown {
  if (Array.isArray(node)) return node.map((item) => resolve(item, document));
  if (typeof node !== 'object' || node === null) return node;
  const { $ref, ...own } = node as JsonObject;
  const siblings = Object.fromEntries(Object.entries(own).map(([key, value]) => [key, resolve(value, document)]));
  if (typeof $ref !== 'string') return siblings;
  return { ...(resolve(find($ref, document), document) as JsonObject), ...siblings };
}

function find(pointer: string, document: JsonObject): unknown {
  let found: unknown = document;
  for (const part of pointer.replace('#/', '').split('/')) found = (found as JsonObject | undefined)?.[part];
  if (found === undefined) throw new Error(`openapi.yaml: ${pointer} does not exist`);
  return found;
}
