import { type Clock, modelOfSignature } from '@ollama-coordinator/common';
import { runnerOptions } from '../ollama/engine/load-options.js';
import { expiresAtMs } from '../ollama/engine/loaded-runners.js';
import type { Measured } from '../ollama/engine/runner.js';
import { createScheduler, type Lease, ScheduleError } from '../ollama/engine/scheduler.js';
import { createStats, type Stats } from '../ollama/engine/stats.js';
import type { AgentOllama, Job, JobEvents } from '../world/agent-ollama.js';
import { engineModels } from './engine-models.js';
import type { MachineTruth } from './machine-truth.js';
import { optionsOfSignature } from './options-of-signature.js';

/** What a request asks of the machine. */
export interface Work {
  readonly prompt: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** On its times, near 1. */
  readonly factor: number;
}

/** Ollama on one machine: the engine of the simulated Ollama, on the simulation's clock, with the machine's true speeds. */
export interface SimOllama extends AgentOllama {
  readonly stats: Readonly<Stats>;
  /** Models that had to leave for another one, for other options, or because the agent made room. */
  evictions(): number;
  /** Somebody asks it directly, past the agent. */
  askDirectly(signature: string, work: Work): void;
  vramUsedBytes(): number;
  /** Share of its slots that work. */
  busyShare(): number;
}

export interface SimOllamaDeps {
  readonly truth: MachineTruth;
  readonly clock: Clock;
  readonly keepAliveMs: number;
  readonly workOf: (requestId: string) => Work;
}

interface Answer {
  readonly lease: Lease;
  readonly work: Work;
  readonly events: JobEvents;
  /** Aborted when its client leaves. */
  readonly left: AbortSignal;
  readonly askedMs: number;
  readonly factor: number;
}

const FIRST_RECORD = '{"message":{"role":"assistant","content":"…"},"done":false}\n';
/** An unload takes about so long, from the request to the list that does not name the model any more. */
const UNLOAD_MS = 60;
const MANY = 1_000_000;

export function createSimOllama({ truth, clock, keepAliveMs, workOf }: SimOllamaDeps): SimOllama {
  const { machine } = truth;
  const models = engineModels(truth);
  const stats = createStats();
  const scheduler = createScheduler({
    clock,
    stats,
    numParallel: machine.slots,
    maxLoadedModels: machine.max_loaded ?? MANY,
    maxQueue: 512,
    keepAliveMs,
    vramBytes: truth.vramBytes,
    vary: () => 1,
    varyLoad: truth.drawLoadFactor,
  });

  function generate(signature: string, work: Work, events: JobEvents): Job {
    const model = models.get(modelOfSignature(signature));
    if (!model) return refuse(events, 404, `model '${modelOfSignature(signature)}' not found`);
    const left = new AbortController();
    const askedMs = clock.monotonic();
    scheduler.acquire({ model, options: runnerOptions(model, optionsOfSignature(signature)), left: left.signal }).then(
      (lease) =>
        answer(
          { lease, work, events, left: left.signal, askedMs, factor: work.factor / truth.driftAt(clock.monotonic()) },
          { clock, stats },
        ),
      (error: unknown) => {
        if (error instanceof ScheduleError && error.reason !== 'aborted')
          refuse(events, error.reason === 'busy' ? 503 : 500, error.message);
      },
    );
    return { cancel: () => left.abort() };
  }

  return {
    stats,
    evictions: () => stats.unloads - stats.expired,
    isUp: () => true,
    generate: ({ id, signature }, events) => generate(signature, workOf(id), events),
    askDirectly: (signature, work) => {
      generate(signature, work, { onHead: () => undefined, onChunk: () => undefined, onEnd: () => undefined, onBroken: () => undefined });
    },
    unload: (name) =>
      new Promise((resolve) => {
        const model = models.get(name);
        if (model) scheduler.expire(model);
        clock.setTimeout(() => resolve(!scheduler.list().some((loaded) => loaded.model.name === name)), UNLOAD_MS);
      }),
    running: () =>
      scheduler.list().map((runner) => ({
        name: runner.model.name,
        digest: runner.model.digest,
        sizeBytes: runner.sizeBytes,
        vramBytes: runner.sizeVramBytes,
        contextLength: Number(runner.options.num_ctx),
        expiresAt: new Date(expiresAtMs(runner, clock.now())).toISOString(),
      })),
    vramUsedBytes: () => scheduler.list().reduce((sum, { sizeVramBytes }) => sum + sizeVramBytes, 0),
    busyShare: () => Math.min(1, stats.generating / machine.slots),
  };
}

/** From the runner to the last record. */
function answer({ lease, work, events, left, askedMs, factor }: Answer, { clock, stats }: { clock: Clock; stats: Stats }): void {
  const loadMs = clock.monotonic() - askedMs;
  let isOver = false;
  const end = () => {
    if (!isOver) stats.generating -= 1;
    isOver = true;
    lease.release();
  };
  stats.generating += 1;
  const running = lease.runner.generate({
    prompt: work.prompt,
    promptTokens: Math.max(1, work.inputTokens),
    outputTokens: Math.max(1, work.outputTokens),
    factor,
    firstTokenOnly: true,
    onToken: () => {
      events.onHead(200);
      events.onChunk(FIRST_RECORD);
      return true;
    },
    onEnd: (measured) => {
      end();
      events.onChunk(finalRecord(work, measured, { loadMs, totalMs: clock.monotonic() - askedMs }));
      events.onEnd();
    },
    onFailure: () => {
      end();
      events.onBroken();
    },
  });
  const leave = () => {
    running.cancel();
    end();
  };
  if (left.aborted) leave();
  else left.addEventListener('abort', leave, { once: true });
}

function refuse(events: JobEvents, status: number, message: string): Job {
  queueMicrotask(() => {
    events.onHead(status);
    events.onChunk(JSON.stringify({ error: message }));
    events.onEnd();
  });
  return { cancel: () => undefined };
}

/** The last record of a stream, durations in nanoseconds as Ollama has them. */
function finalRecord({ inputTokens }: Work, measured: Measured, { loadMs, totalMs }: { loadMs: number; totalMs: number }): string {
  const { promptEvalMs, evalCount, evalMs } = measured;
  const nanoseconds = (ms: number) => Math.round(ms * 1e6);
  const record = {
    message: { role: 'assistant', content: '' },
    done: true,
    done_reason: 'stop',
    total_duration: nanoseconds(totalMs),
    load_duration: nanoseconds(loadMs),
    prompt_eval_count: inputTokens,
    prompt_eval_duration: nanoseconds(promptEvalMs),
    eval_count: evalCount,
    eval_duration: nanoseconds(evalMs),
  };
  return `${JSON.stringify(record)}\n`;
}
