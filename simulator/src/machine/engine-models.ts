import { completeModel, type Model } from '../ollama/model.js';
import type { MachineTruth, ModelTruth } from './machine-truth.js';

/** A prompt stands for its tokens with one character for so many of them, so that comparing prefixes costs little. */
export const TOKENS_PER_MARK = 16;

/** The machine's models as Ollama's engine knows them, by name. */
export function engineModels({ models, machine }: MachineTruth): ReadonlyMap<string, Model> {
  return new Map([...models].map(([name, truth]) => [name, engineModel(name, truth, machine.decode_slowdown)]));
}

function engineModel(name: string, { model, loadS, prefillTokensPerS, decodeTokensPerS, sizeBytes }: ModelTruth, slowdown: number): Model {
  const spec = {
    name,
    sizeBytes: Math.round(sizeBytes),
    loadMs: loadS * 1000,
    prefillTokensPerS,
    decodeTokensPerS,
    decodeSlowdown: slowdown,
    kvBytesPerToken: (model.kv_gb_per_1k * 1e9) / 1024,
    charsPerToken: 1 / TOKENS_PER_MARK,
  };
  return completeModel(spec, '2026-01-01T00:00:00Z');
}
