import type { Clock, Random } from '@ollama-coordinator/common';
import type { Scheduler } from '#simulator/ollama/engine/scheduler.js';
import type { Stats } from '#simulator/ollama/engine/stats.js';
import type { createRegistryPulls } from './disk/pull-from-registry.js';
import type { ModelStore } from './model-store.js';

/** What the routes of one simulated Ollama share. */
export interface ServerContext {
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly models: ModelStore;
  readonly scheduler: Scheduler;
  readonly stats: Stats;
  readonly pullBytesPerS: number;
  readonly answerTokens: (prompt: string) => number | undefined;
  /** Set where models are kept in a folder. */
  readonly pullFromRegistry: ReturnType<typeof createRegistryPulls> | undefined;
  /** Registry of names without a host. */
  readonly registry: string | undefined;
}
