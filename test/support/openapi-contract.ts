import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

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

/**
 * Checks an answer against what the contract says of the operation, as `POST /api/chat`: its status, its content type, and
 * its JSON body. Returns the body: JSON as a value, anything else as text.
 */
export async function readAsDescribed(response: Response, name: string): Promise<unknown> {
  const described = operations(readContract()).find((entry) => entry.name === name)?.operation.responses[String(response.status)];
  const text = await response.text();
  if (described === undefined) throw new Error(`${name} answered ${response.status}, which the contract does not have: ${text}`);
  const { content } = described as { content?: Record<string, { schema: JsonObject }> };
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  if (content === undefined) {
    if (text !== '') throw new Error(`${name}, ${response.status}: a body, which the contract does not have: ${text}`);
    return undefined;
  }
  const schema = content[type]?.schema;
  if (schema === undefined) throw new Error(`${name}, ${response.status}: content type "${type}", which the contract does not have`);
  if (type !== 'application/json') return text;
  const body: unknown = JSON.parse(text);
  z.fromJSONSchema(withoutUnicodePatterns(schema)).parse(body);
  return body;
}

/** zod compiles patterns without the u flag that JSON Schema asks for, so those that need it would mean something else. */
function withoutUnicodePatterns(schema: JsonObject): Parameters<typeof z.fromJSONSchema>[0] {
  const text = JSON.stringify(schema, (key, value) => (key === 'pattern' && /\\p\{/i.test(String(value)) ? undefined : value));
  return JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0];
}
