import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Models with synthetic weights: `tiny` and `slow` answer ` echo-<last character of the prompt>` and a fixed list of words. */
export type RealModel = 'tiny' | 'tiny-embed' | 'slow';

/** From test/dist/support/real-ollama, where this file runs. */
const fromRoot = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

export const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ollama-coordinator');

export const modelfilePath = (model: RealModel): string => fromRoot(`test/fixtures/ollama/models/Modelfile.${model}`);

/** Path of a model's weights. Those of `slow`, 115 MB, are made at first use, which needs Python and some ten seconds. */
export function weightsPath(model: RealModel): string {
  if (model !== 'slow') return fromRoot(`test/fixtures/ollama/models/${model}.gguf`);
  return execFileSync(fromRoot('test/support/install/make-slow-model.sh'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
