import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CASES, type Resource, resources } from './helm.js';

/** What those rely on who have installed a version of the chart. */
export interface ChartPromises {
  readonly version: string;
  /** Its own values.yaml, which `helm upgrade --reuse-values` takes along. */
  readonly defaults: string;
  /** Every value that it accepts, as `redis.mode`. */
  readonly accepts: readonly string[];
  readonly cases: Readonly<Record<string, { readonly values: string; readonly fixed: readonly FixedParts[] }>>;
}

/** A resource that must be there under its name, and the fields of it that Kubernetes lets nobody change. */
export type FixedParts = { readonly resource: string } & Readonly<Record<string, unknown>>;

/** What a StatefulSet may change; all else of it is as it was made. */
const STATEFUL_MAY_CHANGE = ['replicas', 'template', 'updateStrategy', 'minReadySeconds', 'persistentVolumeClaimRetentionPolicy'];
const KEPT: Readonly<Record<string, (spec: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>>> = {
  Deployment: ({ selector }) => ({ selector }),
  DaemonSet: ({ selector }) => ({ selector }),
  StatefulSet: (spec) => Object.fromEntries(Object.entries(spec).filter(([name]) => !STATEFUL_MAY_CHANGE.includes(name))),
  // By their names clients, agents and operators find them.
  Service: ({ clusterIP }) => (clusterIP === undefined ? {} : { clusterIP }),
  Secret: () => ({}),
};

export function fixedParts(rendered: readonly Resource[]): readonly FixedParts[] {
  return rendered
    .filter(({ kind }) => kind in KEPT)
    .map(({ kind, metadata, spec = {} }) => ({ resource: `${kind} ${metadata.name}`, ...KEPT[kind]?.(spec) }))
    .sort((one, other) => one.resource.localeCompare(other.resource));
}

export async function readPromises(chart: string): Promise<ChartPromises> {
  const read = (...path: string[]) => readFileSync(join(chart, ...path), 'utf8');
  const cases: Record<string, ChartPromises['cases'][string]> = {};
  for (const name of CASES)
    cases[name] = { values: read('ci', `${name}.yaml`), fixed: fixedParts(await resources({ chart, values: name })) };
  return {
    version: versionOf(read('Chart.yaml')),
    defaults: read('values.yaml'),
    accepts: acceptedValues(JSON.parse(read('values.schema.json')) as Schema),
    cases,
  };
}

export function versionOf(chart: string): string {
  return /^version: (.+)$/m.exec(chart)?.[1] ?? '';
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

function acceptedValues({ properties = {} }: Schema, prefix = ''): readonly string[] {
  return Object.entries(properties).flatMap(([name, schema]) => [`${prefix}${name}`, ...acceptedValues(schema, `${prefix}${name}.`)]);
}
