import type { ModelSpec } from './options.js';

/** Models of this folder's real counterparts. */
export const PROFILES = {
  tiny: { name: 'tiny', sizeBytes: 2_883_520, vramBytes: 15_466_495, charsPerToken: 1, outputTokens: 118 },
  'tiny-embed': {
    name: 'tiny-embed',
    kind: 'embedding',
    sizeBytes: 2_883_584,
    vramBytes: 30_198_988,
    contextLength: 2048,
    charsPerToken: 1,
  },
  slow: {
    name: 'slow',
    sizeBytes: 115_172_482,
    loadMs: 500,
    prefillTokensPerS: 300,
    decodeTokensPerS: 55,
    decodeSlowdown: 0.5,
    outputTokens: 522,
  },
} satisfies Record<string, ModelSpec>;
