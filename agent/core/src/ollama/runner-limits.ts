import type { AgentConfig } from '@ollama-coordinator/common';
import { hostOf, isThisMachine, portOf } from '../http/local-address.js';
import { type Environment, readOllamaEnvironment } from './read-ollama-environment.js';

export interface RunnerLimits {
  /** Requests that one runner answers at the same time. */
  readonly slots: number;
  /** Runners at the same time; undefined = not known. */
  readonly maxRunners: number | undefined;
}

/**
 * How much this Ollama takes at once. Its own environment tells, where it can be read; else this program's, where Ollama
 * is on this machine and so probably started from the same place; else one request at a time.
 */
export async function readRunnerLimits(
  { ollamaUrl, slots }: Pick<AgentConfig, 'ollamaUrl' | 'slots'>,
  ownEnvironment: Environment,
): Promise<RunnerLimits> {
  const local = isThisMachine(hostOf(ollamaUrl));
  const environment = local ? ((await readOllamaEnvironment(portOf(ollamaUrl))) ?? ownEnvironment) : {};
  return {
    slots: slots === 'auto' ? (positiveWhole(environment.OLLAMA_NUM_PARALLEL) ?? 1) : slots,
    maxRunners: positiveWhole(environment.OLLAMA_MAX_LOADED_MODELS),
  };
}

function positiveWhole(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isInteger(value) && value > 0 && value <= 1024 ? value : undefined;
}
