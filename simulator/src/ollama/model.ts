import { createHash } from 'node:crypto';
import { normalizeModelName } from '@ollama-coordinator/common';

/** A model that the simulated Ollama has on disk. Only the name is needed: the rest has the values of a small fast one. */
export interface ModelSpec {
  readonly name: string;
  readonly digest?: string;
  readonly sizeBytes?: number;
  /** What its runner takes in memory, before `kvBytesPerToken` × num_ctx × slots is added. Default: `sizeBytes`. */
  readonly vramBytes?: number;
  readonly kvBytesPerToken?: number;
  readonly family?: string;
  readonly parameterSize?: string;
  readonly quantization?: string;
  readonly kind?: 'completion' | 'embedding';
  /** What `/api/show` names beside its kind, such as `tools` or `vision`. */
  readonly capabilities?: readonly string[];
  readonly loadMs?: number;
  /** Infinity (the default) answers at once. */
  readonly prefillTokensPerS?: number;
  /** Speed of one stream alone. Infinity (the default) answers at once. */
  readonly decodeTokensPerS?: number;
  /** Each further stream in the same runner makes all slower: speed ÷ (1 + slowdown × (streams − 1)). 1 = they share one stream's speed. */
  readonly decodeSlowdown?: number;
  /** Tokens of an answer that nothing cuts short. */
  readonly outputTokens?: number;
  readonly charsPerToken?: number;
  /** num_ctx of a request that names none. */
  readonly contextLength?: number;
  readonly embeddingLength?: number;
}

export type Model = Required<ModelSpec> & { readonly modifiedAt: string };

/** A model with every value filled in. */
export function completeModel(spec: ModelSpec, modifiedAt: string): Model {
  const name = normalizeModelName(spec.name);
  const sizeBytes = spec.sizeBytes ?? 2_883_520;
  return {
    name,
    digest: spec.digest ?? createHash('sha256').update(`model ${name}`).digest('hex'),
    sizeBytes,
    vramBytes: spec.vramBytes ?? sizeBytes,
    kvBytesPerToken: spec.kvBytesPerToken ?? 0,
    family: spec.family ?? 'llama',
    parameterSize: spec.parameterSize ?? '1.43M',
    quantization: spec.quantization ?? 'F16',
    kind: spec.kind ?? 'completion',
    capabilities: spec.capabilities ?? [],
    loadMs: spec.loadMs ?? 0,
    prefillTokensPerS: spec.prefillTokensPerS ?? Number.POSITIVE_INFINITY,
    decodeTokensPerS: spec.decodeTokensPerS ?? Number.POSITIVE_INFINITY,
    decodeSlowdown: spec.decodeSlowdown ?? 0,
    outputTokens: spec.outputTokens ?? 118,
    charsPerToken: spec.charsPerToken ?? 1,
    contextLength: spec.contextLength ?? 4096,
    embeddingLength: spec.embeddingLength ?? 256,
    modifiedAt,
  };
}
