import { runnerOptions } from '#simulator/ollama/engine/load-options.js';
import type { Measured, RunningGeneration } from '#simulator/ollama/engine/runner.js';
import { type Lease, ScheduleError } from '#simulator/ollama/engine/scheduler.js';
import type { Model } from '#simulator/ollama/model.js';
import { answerTo, tokensSaid } from './answer-words.js';
import type { CompletionFormat, CompletionResult } from './formats/completion-format.js';
import type { Exchange } from './http/exchange.js';
import type { ServerContext } from './server-context.js';

export interface CompletionRequest {
  readonly model: Model;
  /** The rendered prompt. */
  readonly prompt: string;
  /** Characters of it that the caller wrote, which is what counts as tokens. */
  readonly promptChars: number;
  readonly stream: boolean;
  readonly maxTokens: number | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly keepAliveMs: number | undefined;
  readonly format: CompletionFormat;
}

const RUNNER_DIED = 'an error was encountered while running the model: unexpected EOF';
const OUT_OF_MEMORY = 'llama runner process has terminated: cudaMalloc failed: out of memory';

/** Places a request on a runner, generates, and writes the answer in its format. Resolves when all is said or the client left. */
export async function answerCompletion(server: ServerContext, exchange: Exchange, request: CompletionRequest): Promise<void> {
  const startedAtMs = server.clock.monotonic();
  const lease = await leaseRunner(server, exchange, request, (status, message) => {
    const { body, contentType } = request.format.refusal(status, message);
    exchange.send(status, body, contentType);
  });
  if (lease === undefined) return;
  const loadMs = server.clock.monotonic() - startedAtMs;
  server.stats.generating += 1;
  server.stats.peakGenerating = Math.max(server.stats.peakGenerating, server.stats.generating);
  await generate(server, exchange, request, lease, { startedAtMs, loadMs });
  server.stats.generating -= 1;
  lease.release();
}

export type LeaseRequest = Pick<CompletionRequest, 'model' | 'options' | 'keepAliveMs'>;

/** A runner for the request, or undefined after `refuse` was called or the client left. */
export async function leaseRunner(
  server: ServerContext,
  exchange: Exchange,
  { model, options, keepAliveMs }: LeaseRequest,
  refuse: (status: number, message: string) => void,
): Promise<Lease | undefined> {
  try {
    return await server.scheduler.acquire({
      model,
      options: runnerOptions(model, options),
      keepAliveMs,
      left: exchange.left,
      failLoad: exchange.fault?.kind === 'oom' ? OUT_OF_MEMORY : undefined,
    });
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    if (error.reason !== 'aborted') refuse(error.reason === 'busy' ? 503 : 500, error.message);
    return undefined;
  }
}

export function countTokens(model: Model, chars: number, options: Readonly<Record<string, unknown>>): number {
  return Math.min(1 + Math.ceil(chars / model.charsPerToken), Number(runnerOptions(model, options).num_ctx));
}

interface Times {
  readonly startedAtMs: number;
  readonly loadMs: number;
}

function generate(server: ServerContext, exchange: Exchange, request: CompletionRequest, lease: Lease, times: Times): Promise<void> {
  const { model, format, stream } = request;
  const answer = answerTo(request.prompt);
  const promptTokens = countTokens(model, request.promptChars, request.options);
  const limit = request.maxTokens !== undefined && request.maxTokens > 0 ? request.maxTokens : Number.POSITIVE_INFINITY;
  const answerTokens = server.answerTokens(request.prompt) ?? model.outputTokens;
  const wholeTokens = Math.max(1, answerTokens - tokensSaid(request.prompt));
  const outputTokens = Math.min(wholeTokens, limit);
  const fault = exchange.fault;
  let text = '';

  return new Promise((resolve) => {
    const settle = () => {
      exchange.left.removeEventListener('abort', leave);
      resolve();
    };
    const leave = () => {
      running.cancel();
      settle();
    };

    /** Whether the fault of this request strikes here, after `tokens` of its answer. */
    function strikes(tokens: number): boolean {
      if (fault === undefined || !('tokens' in fault) || fault.tokens !== tokens) return false;
      if (fault.kind === 'die-after') lease.die(RUNNER_DIED);
      if (fault.kind === 'hang-after') running.hang();
      if (fault.kind === 'reset-after') {
        exchange.reset();
        leave();
      }
      return true;
    }

    function onToken(index: number): boolean {
      if (strikes(index)) return true;
      const padding = index === 0 && fault?.kind === 'huge-line' ? 'x'.repeat(fault.bytes) : '';
      const piece = answer(index) + padding;
      text += piece;
      exchange.log.tokens += 1;
      server.stats.tokens += 1;
      if (!stream) return true;
      if (index > 0) return exchange.write(format.token(piece, index));
      exchange.begin(format.streamType, format.streamHeaders);
      return exchange.write((format.begin?.(promptTokens) ?? '') + format.token(piece, index));
    }

    function onEnd(measured: Measured): void {
      if (strikes(outputTokens)) return;
      const result = completionResult(measured);
      if (stream) exchange.end(format.end(text, result));
      else exchange.send(200, format.whole(text, result), format.wholeType);
      settle();
    }

    function onFailure(message: string): void {
      if (stream && exchange.log.tokens > 0) exchange.end(format.failure(message));
      else {
        const { body, contentType } = format.refusal(500, message);
        exchange.send(500, body, contentType);
      }
      settle();
    }

    function completionResult({ promptEvalMs, evalCount, evalMs }: Measured): CompletionResult {
      const totalMs = server.clock.monotonic() - times.startedAtMs;
      const doneReason = outputTokens < wholeTokens ? 'length' : 'stop';
      return { doneReason, promptTokens, promptEvalMs, evalCount, evalMs, loadMs: times.loadMs, totalMs };
    }

    const running: RunningGeneration = lease.runner.generate({
      prompt: request.prompt,
      promptTokens,
      outputTokens,
      onToken,
      onEnd,
      onFailure,
    });
    exchange.onDrain(() => running.resume());
    if (exchange.left.aborted) leave();
    else exchange.left.addEventListener('abort', leave, { once: true });
  });
}
