import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { ROOT } from '../prepare/root.mjs';
import { inOneCell } from './in-one-cell.mjs';

const CONTRACT = join(ROOT, 'specs', 'SPEC-32e2b31a', 'contracts', 'openapi.yaml');
const COMMON = pathToFileURL(join(ROOT, 'common', 'dist', 'index.js')).href;

/** docs/api.md, made from the OpenAPI contract and the table of errors. */
export async function describeApi() {
  const { info, tags, paths, components } = parse(readFileSync(CONTRACT, 'utf8'));
  const { ERRORS } = await import(COMMON);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  );
  const sections = tags.map(({ name, description }) => describeTag({ name, description, operations }));
  return [INTRODUCTION, info.description.trim(), ...sections, describeHeaders(components.parameters), describeErrors(ERRORS), ''].join(
    '\n\n',
  );
}

const INTRODUCTION = `# API

<!-- Made by scripts/generate-config-docs.mjs from the OpenAPI contract and common/src/errors/codes.ts; a test holds it up to date. -->

The whole contract, with every schema, is [openapi.yaml](../specs/SPEC-32e2b31a/contracts/openapi.yaml). What Ollama's own routes mean over a fleet is in
[Ollama's verbs over a fleet](verbs.md).`;

function describeTag({ name, description, operations }) {
  const rows = operations
    .filter(({ tags }) => tags.includes(name))
    .map(({ method, path, summary, 'x-scope': scope }) => `| \`${method} ${path}\` | ${scope} | ${inOneCell(summary)} |`);
  return [
    `## ${name[0].toUpperCase()}${name.slice(1)}\n\n${description}\n`,
    '| operation | scope | what it does |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

/** The headers that steer a request; `in: query` and `in: path` parameters are with their operations in the contract. */
function describeHeaders(parameters) {
  const rows = Object.values(parameters)
    .filter((parameter) => parameter.in === 'header')
    .map(({ name, description }) => `| \`${name}\` | ${inOneCell(description)} |`);
  return ['## Request headers\n', '| header | meaning |', '|---|---|', ...rows].join('\n');
}

function describeErrors(errors) {
  const rows = Object.entries(errors).map(
    ([code, { status, retryable, message }]) => `| \`${code}\` | ${status} | ${retryable ? 'yes' : ''} | ${inOneCell(message)} |`,
  );
  return [
    '## Errors\n\nWhat stands in braces is filled in. *Again*: the same request may succeed a little later.\n',
    '| code | status | again | sentence |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}
