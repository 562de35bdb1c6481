import type { ModelName, ModelOnDisk } from '@ollama-coordinator/common/balancing';

/** Models of 4 GB each, as a balancer sees them. */
export function modelsOnDisk(...names: readonly ModelName[]): ReadonlyMap<ModelName, ModelOnDisk> {
  return new Map(names.map((name) => [name, { name, digest: `sha256:${name}`, sizeBytes: 4e9 }]));
}
