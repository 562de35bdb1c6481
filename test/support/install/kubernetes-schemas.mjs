import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/**
 * Usage: node kubernetes-schemas.mjs SWAGGER_JSON CRD_FOLDER OUT_FOLDER
 * Writes `<kind>-<group>-<version>.json` for every kind of the API description and of the custom resources: self-contained, and
 * strict, so that a field that the API does not have is an error.
 */
const [swaggerPath, crdFolder, outFolder] = process.argv.slice(2);
const { definitions } = JSON.parse(readFileSync(swaggerPath, 'utf8'));

/** What the description calls strings although numbers are taken too. */
const LOOSE = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['string', 'integer'] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
};

mkdirSync(outFolder, { recursive: true });
for (const [name, definition] of Object.entries(definitions)) {
  for (const kind of definition['x-kubernetes-group-version-kind'] ?? []) write(kind, strict(definition, [name]));
}
for (const file of readdirSync(crdFolder).filter((name) => name.endsWith('.yaml'))) {
  const { spec } = parse(readFileSync(join(crdFolder, file), 'utf8'));
  for (const { name: version, schema } of spec.versions) {
    write({ group: spec.group, version, kind: spec.names.kind }, strict(schema.openAPIV3Schema, []));
  }
}

function write({ group, version, kind }, schema) {
  const [first] = group.split('.');
  const name = [kind, ...(first ? [first] : []), version].join('-').toLowerCase();
  writeFileSync(join(outFolder, `${name}.json`), JSON.stringify(schema));
}

/** The schema without references. `within`: definitions around it, since some contain themselves. */
function strict(schema, within) {
  if (typeof schema !== 'object' || schema === null) return schema;
  const name = schema.$ref?.replace('#/definitions/', '');
  if (name !== undefined) {
    if (name in LOOSE) return LOOSE[name];
    return within.includes(name) ? {} : strict(definitions[name], [...within, name]);
  }
  if (Array.isArray(schema)) return schema.map((inner) => strict(inner, within));
  if (schema['x-kubernetes-int-or-string']) return { type: ['string', 'integer'] };
  const { description: _, format: __, ...kept } = schema;
  const inner = Object.fromEntries(
    Object.entries(kept).map(([key, value]) => [key, key === 'properties' ? properties(value, within) : strict(value, within)]),
  );
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties !== undefined;
  return schema.properties && !isOpen ? { ...inner, additionalProperties: false } : inner;
}

function properties(fields, within) {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, strict(value, within)]));
}
