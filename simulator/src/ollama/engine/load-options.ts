import { LOAD_OPTIONS } from '@ollama-coordinator/common';
import type { Model } from '../model.js';

/** The options a runner was loaded with, every one with its value. */
export type RunnerOptions = Readonly<Record<(typeof LOAD_OPTIONS)[number], number | boolean | null>>;

/** Load options of a request, with Ollama's values for those it does not name. */
export function runnerOptions(model: Model, options: Readonly<Record<string, unknown>>): RunnerOptions {
  const named = (name: string) => (['number', 'boolean'].includes(typeof options[name]) ? (options[name] as number | boolean) : undefined);
  return {
    main_gpu: named('main_gpu') ?? 0,
    num_batch: named('num_batch') ?? 512,
    num_ctx: named('num_ctx') ?? model.contextLength,
    num_gpu: named('num_gpu') ?? -1,
    num_thread: named('num_thread') ?? 0,
    use_mmap: named('use_mmap') ?? null,
  };
}

/** Whether a loaded runner must be loaded again to serve `wanted`. A negative num_gpu leaves the choice to Ollama and fits any. */
export function needsReload(loaded: RunnerOptions, wanted: RunnerOptions): boolean {
  return LOAD_OPTIONS.some((name) => {
    if (name === 'num_gpu' && Number(wanted.num_gpu) < 0) return false;
    return loaded[name] !== wanted[name];
  });
}
