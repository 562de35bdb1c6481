import type { Clock } from '@ollama-coordinator/common';
import type { ModelSpec } from '#simulator/ollama/model.js';

export interface SimulatedOllamaOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly host?: string;
  readonly version?: string;
  /** Default: `tiny` and `tiny-embed`, which load and answer at once. */
  readonly models?: readonly ModelSpec[];
  /** What `/api/pull` can fetch beside the models that are there. */
  readonly pullable?: readonly ModelSpec[];
  readonly pullBytesPerS?: number;
  /** A folder laid out as Ollama's: models in it are there too, and pulls from a registry bring them into it. */
  readonly modelsDir?: string;
  /** Registry of names without a host, as `http://127.0.0.1:5000`. Unset: such pulls bring what `pullable` names. */
  readonly registry?: string;
  /** Memory of the GPU. Unset: a CPU machine where everything fits and size_vram is 0. */
  readonly vramBytes?: number;
  /** Tokens of the answer to a prompt; undefined: as many as the model says. */
  readonly answerTokens?: (prompt: string) => number | undefined;
  readonly numParallel?: number;
  readonly maxLoadedModels?: number;
  readonly maxQueue?: number;
  readonly keepAliveMs?: number;
  /** Share by which load and token times vary, 0 to 1, drawn from `seed`. */
  readonly noise?: number;
  readonly seed?: number;
  readonly clock?: Clock;
  /** How many requests the log keeps; older ones are dropped. */
  readonly keepRequests?: number;
}
