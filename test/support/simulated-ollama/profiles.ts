import type { ModelSpec } from '#simulator/ollama/model.js';

/**
 * `tiny`, `tiny-embed` and `slow` have the figures of the real models of that name in Ollama 0.11.4 on a CPU (2026-11-22, `calibrate.ts`,
 * OLLAMA_NUM_PARALLEL=4): load times as measured, 262 to 264 ms and 282 to 284 ms; decode speeds of one stream on an idle core. The machine was
 * shared while the rest was measured, so that the others are the ratios it showed to that speed: prefill about as fast as decode, since
 * the models run on one thread, and four streams of `slow` together no faster than one (28, 13.9 and 6.5 tokens/s at 1, 2 and 4 at once).
 * The remaining models are what a machine with a middling GPU does, for shows.
 */
export const PROFILES = {
  tiny: {
    name: 'tiny',
    sizeBytes: 2_883_520,
    vramBytes: 15_466_495,
    loadMs: 263,
    prefillTokensPerS: 3200,
    decodeTokensPerS: 3000,
    decodeSlowdown: 0.55,
    charsPerToken: 1,
    outputTokens: 118,
  },
  'tiny-embed': {
    name: 'tiny-embed',
    kind: 'embedding',
    sizeBytes: 2_883_584,
    vramBytes: 30_198_988,
    loadMs: 263,
    prefillTokensPerS: 3200,
    contextLength: 2048,
    charsPerToken: 1,
  },
  slow: {
    name: 'slow',
    sizeBytes: 115_172_482,
    vramBytes: 128_000_000,
    loadMs: 283,
    prefillTokensPerS: 58,
    decodeTokensPerS: 55,
    decodeSlowdown: 1.05,
    charsPerToken: 1,
    outputTokens: 522,
  },
  'llama3.2': {
    name: 'llama3.2',
    sizeBytes: 2_019_393_189,
    vramBytes: 3_400_000_000,
    parameterSize: '3.2B',
    quantization: 'Q4_K_M',
    capabilities: ['tools'],
    loadMs: 1500,
    prefillTokensPerS: 1800,
    decodeTokensPerS: 60,
    decodeSlowdown: 0.25,
    charsPerToken: 4,
    outputTokens: 160,
  },
  'qwen3:8b': {
    name: 'qwen3:8b',
    family: 'qwen3',
    sizeBytes: 5_225_388_164,
    vramBytes: 6_900_000_000,
    parameterSize: '8.2B',
    quantization: 'Q4_K_M',
    capabilities: ['tools', 'thinking'],
    loadMs: 3000,
    prefillTokensPerS: 800,
    decodeTokensPerS: 28,
    decodeSlowdown: 0.25,
    charsPerToken: 4,
    outputTokens: 200,
  },
  'nomic-embed-text': {
    name: 'nomic-embed-text',
    kind: 'embedding',
    family: 'nomic-bert',
    sizeBytes: 274_302_450,
    vramBytes: 600_000_000,
    parameterSize: '137M',
    loadMs: 400,
    prefillTokensPerS: 8000,
    charsPerToken: 4,
    contextLength: 2048,
    embeddingLength: 768,
  },
} satisfies Record<string, ModelSpec>;

/** The same model without its times: loads and answers at once. */
export function instant(spec: ModelSpec): ModelSpec {
  return { ...spec, loadMs: 0, prefillTokensPerS: Number.POSITIVE_INFINITY, decodeTokensPerS: Number.POSITIVE_INFINITY };
}

export type ProfileName = keyof typeof PROFILES;
