import { totalmem } from 'node:os';
import { join } from 'node:path';
import { type AgentConfig, AppError, type Clock, type Logger, type Random } from '@ollama-coordinator/common';
import { hostOf, isThisMachine } from '../../http/local-address.js';
import { type MetricsSource, systemMetricsSource } from '../../metrics-sampler.js';
import { diskFreeBytes } from '../../transfer/locate-models.js';
import { createOllamaClient } from '../ollama-client.js';
import { maxRunnerBytes } from '../usable-vram.js';
import { defaultModel } from './default-model.js';
import { findOllama } from './find-ollama.js';
import { OllamaKeeper } from './ollama-keeper.js';
import { pullDefaultModel } from './pull-default-model.js';
import type { SetupPhase, SetupState } from './setup-state.js';

export interface LocalOllamaDeps {
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly onChange: (state: SetupState) => void;
  readonly metricsSource?: Pick<MetricsSource, 'gpus'>;
}

export interface LocalOllama {
  /** False where Ollama is not the agent's to look after. */
  readonly isOn: boolean;
  readonly state: SetupState;
  /** Looks after Ollama from now on, where it is the agent's to look after. */
  start(): void;
  /** Stops the Ollama that it started, and no other. */
  stop(): Promise<void>;
}

/**
 * Finds Ollama, or brings it; starts it where none answers, watches it, and pulls a first model where it has none. Does nothing
 * for an Ollama on another machine, or with AGENT_OLLAMA_SETUP=off.
 */
export function createLocalOllama(deps: LocalOllamaDeps): LocalOllama {
  const { config, clock, random, log, onChange } = deps;
  const { ollamaUrl } = config;
  const client = createOllamaClient({ ollamaUrl });
  let state: SetupState = { phase: 'looking', progress: undefined, problem: undefined };
  const pulls = new AbortController();
  let pulling: Promise<void> | undefined;

  const change = (next: Partial<SetupState>) => {
    state = { ...state, ...next };
    onChange(state);
  };
  const onPhase = (phase: SetupPhase, problem?: AppError) => {
    if (phase === 'ready' && state.phase === 'pulling') return;
    if (phase !== state.phase || problem !== state.problem) change({ phase, problem, progress: undefined });
  };
  const firstModel = async () => {
    const model = await chooseModel(deps, client);
    if (model === undefined) return;
    onPhase('pulling');
    try {
      await pullDefaultModel({
        model,
        ollamaUrl,
        clock,
        random,
        log,
        signal: pulls.signal,
        onProgress: (progress) => change({ progress }),
      });
      change({ phase: 'ready', progress: undefined, problem: undefined });
    } catch (error) {
      if (!pulls.signal.aborted) change({ phase: 'ready', progress: undefined, problem: asAppError(error) });
    }
  };
  const keeper = new OllamaKeeper({
    ollamaUrl,
    clock,
    random,
    log,
    environment: environmentOf(config),
    answers: () => client.version().then(Boolean, () => false),
    provide: (signal) => provideOllama(deps, signal, onPhase, (progress) => change({ progress })),
    onPhase,
    onStarted: () => {
      pulling ??= firstModel();
    },
  });
  const isOn = config.ollamaSetup !== 'off' && isThisMachine(hostOf(ollamaUrl));
  return {
    isOn,
    get state() {
      return state;
    },
    start() {
      if (isOn) keeper.start();
    },
    async stop() {
      pulls.abort(new Error('the agent stops'));
      await pulling;
      await keeper.stop();
      client.close();
    },
  };
}

async function provideOllama(
  { config, clock, random, log }: LocalOllamaDeps,
  signal: AbortSignal,
  onPhase: (phase: SetupPhase) => void,
  onProgress: (progress: NonNullable<SetupState['progress']>) => void,
): Promise<string> {
  const installDir = join(config.dataDir, 'ollama');
  onPhase('looking');
  const { found, tooOld } = await findOllama({ configured: config.ollamaBinary, installDir, minimumVersion: config.ollamaMinVersion });
  if (found !== undefined) return found.program;
  if (config.ollamaSetup !== 'install' || config.ollamaBinary !== undefined) {
    if (tooOld === undefined) throw new AppError('OLLAMA_NOT_INSTALLED');
    throw new AppError('OLLAMA_TOO_OLD', { details: { file: tooOld.program, version: tooOld.version, minimum: config.ollamaMinVersion } });
  }
  // Loaded only here: few agents ever download, and it is a fifth of what an idle one would take of the memory.
  const { downloadOllama } = await import('../install/download-ollama.js');
  return downloadOllama({
    version: config.ollamaVersion,
    baseUrl: config.ollamaDownloadUrl,
    verify: config.verifyChecksum,
    installDir,
    clock,
    random,
    log,
    signal,
    onPhase,
    onProgress,
    onRetry: ({ attempt, tries, delayMs, error }) =>
      log.warn({ attempt, tries, retry_ms: Math.round(delayMs) }, `${error.message}; it is tried again`),
  });
}

/** Undefined where there are models already, where none is wanted, or none fits. */
async function chooseModel(
  { config, log, metricsSource = systemMetricsSource }: LocalOllamaDeps,
  client: { models(): Promise<readonly unknown[]> },
) {
  if (config.defaultModel === 'none' || (await client.models().catch(() => [0])).length > 0) return undefined;
  if (config.defaultModel !== 'auto') return config.defaultModel;
  const gpus = await metricsSource.gpus().catch(() => []);
  const room = {
    memoryBytes: totalmem(),
    vramBytes: maxRunnerBytes(config.vramBytes, gpus),
    diskFreeBytes: await diskFreeBytes(config.dataDir),
  };
  const model = defaultModel(room);
  if (model === undefined) log.warn(room, 'no model is small enough for this machine to pull one by itself');
  return model;
}

function environmentOf({ modelsDir, slots }: AgentConfig): Record<string, string> {
  return { ...(modelsDir && { OLLAMA_MODELS: modelsDir }), ...(slots !== 'auto' && { OLLAMA_NUM_PARALLEL: String(slots) }) };
}

function asAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('PULL_FAILED', { details: { reason: String(error) }, cause: error });
}
