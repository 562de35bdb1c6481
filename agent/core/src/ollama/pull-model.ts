import type { Agent, IncomingMessage } from 'node:http';
import { AppError, type Clock, createSplitLines, describeCause, type TransferPhase, type TransferRecord } from '@ollama-coordinator/common';
import { z } from 'zod';
import { requestFunction } from '../http/request-json.js';

export type PullProgress = Extract<TransferRecord, { type: 'phase' | 'layer' }>;

export interface PullOptions {
  readonly ollamaUrl: string;
  readonly pool: Agent;
  readonly clock: Clock;
  readonly model: string;
  readonly insecure: boolean;
  /** Ends the pull; Ollama keeps what it has for the next one. */
  readonly signal: AbortSignal;
  /** Called for each record, in order. What it throws ends the pull. */
  readonly onProgress: (progress: PullProgress) => void;
}

/** Without any progress for this long the pull is given up; Ollama itself takes a part up again after 30 s of silence. */
const STALL_MS = 120_000;
/** While it verifies, Ollama says nothing: tens of gigabytes from a slow disk take so long. */
const VERIFY_MS = 30 * 60_000;

const recordSchema = z.object({
  status: z.string().optional(),
  digest: z.string().max(128).optional(),
  total: z.number().int().nonnegative().optional(),
  completed: z.number().int().nonnegative().optional(),
  error: z.string().optional(),
});
type PullRecord = z.output<typeof recordSchema>;

/** What Ollama 0.11.4 says where trying again does not help. */
const FINAL = /file does not exist|invalid model name|insecure protocol|no space left on device|unauthorized|access denied|newer version/;

/**
 * Has Ollama pull a model, and resolves when it has it. Throws PULL_REFUSED with Ollama's own words where trying again does not
 * help, PULL_FAILED where it may, PULL_STALLED, OLLAMA_UNREACHABLE, and the signal's reason.
 */
export function pullModel(options: PullOptions): Promise<void> {
  const { ollamaUrl, pool, clock, model, insecure, signal, onProgress } = options;
  const body = JSON.stringify({ model, insecure, stream: true });
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = requestFunction(ollamaUrl)(`${ollamaUrl}/api/pull`, { method: 'POST', agent: pool, headers });
    const fail = (error: unknown) => {
      reject(error);
      request.destroy();
    };
    const watch = watchForStall(clock, (waitedMs) =>
      fail(new AppError('PULL_STALLED', { details: { model, waited_s: Math.round(waitedMs / 1000) } })),
    );
    const leave = () => fail(signal.reason);
    const tell = createTeller(onProgress);
    signal.addEventListener('abort', leave, { once: true });
    request.once('close', () => {
      watch.stop();
      signal.removeEventListener('abort', leave);
      reject(brokenOff(ollamaUrl));
    });
    request.once('error', (cause) =>
      reject(new AppError('OLLAMA_UNREACHABLE', { details: { url: ollamaUrl, cause: describeCause(cause) }, cause })),
    );
    request.once('response', (response) => {
      response.once('error', () => request.destroy());
      readRecords(response, (record) => {
        try {
          if (record.error !== undefined) return fail(failureOf(record.error, response.statusCode));
          if (record.status === 'success') return resolve();
          const progress = progressOf(record);
          if (progress === undefined) return;
          watch.saw(progress);
          tell(progress);
        } catch (error) {
          fail(error);
        }
      });
    });
    if (signal.aborted) leave();
    else request.end(body);
  });
}

function readRecords(response: IncomingMessage, onRecord: (record: PullRecord) => void): void {
  const split = createSplitLines();
  const read = (line: string) => {
    const parsed = recordSchema.safeParse(parseJson(line));
    if (parsed.success) onRecord(parsed.data);
  };
  response.on('data', (chunk: Buffer) => split(chunk).forEach(read));
  // An error that is no stream has no newline behind it.
  response.on('end', () => split(Buffer.from('\n')).forEach(read));
}

function progressOf({ status = '', digest, total, completed = 0 }: PullRecord): PullProgress | undefined {
  if (digest !== undefined && total !== undefined) return { type: 'layer', digest, total, completed: Math.min(completed, total) };
  const phase = PHASES.get(status);
  return phase && { type: 'phase', phase };
}

/** Ollama brings one layer after the other, and leaves out the last report of each: what comes next says that it is whole. */
function createTeller(onProgress: (progress: PullProgress) => void): (progress: PullProgress) => void {
  let layer: Extract<PullProgress, { type: 'layer' }> | undefined;
  return (progress) => {
    const isNext = progress.type === 'phase' ? progress.phase !== 'manifest' : progress.digest !== layer?.digest;
    if (isNext && layer !== undefined && layer.completed < layer.total) onProgress({ ...layer, completed: layer.total });
    layer = progress.type === 'layer' ? progress : undefined;
    onProgress(progress);
  };
}

const PHASES: ReadonlyMap<string, TransferPhase> = new Map([
  ['pulling manifest', 'manifest'],
  ['verifying sha256 digest', 'verifying'],
  ['writing manifest', 'writing'],
]);

function failureOf(message: string, status = 200): AppError {
  const code = FINAL.test(message) || (status >= 400 && status < 500) ? 'PULL_REFUSED' : 'PULL_FAILED';
  return new AppError(code, { details: { reason: message } });
}

function brokenOff(url: string): AppError {
  return new AppError('OLLAMA_FAILED', { details: { url, cause: 'it ended the pull without a word' } });
}

/** Calls back once when nothing new was reported for too long. */
function watchForStall(clock: Clock, onStall: (waitedMs: number) => void) {
  let last = '';
  let timer = clock.setTimeout(() => onStall(STALL_MS), STALL_MS);
  return {
    saw(progress: PullProgress): void {
      const seen = JSON.stringify(progress);
      if (seen === last) return;
      last = seen;
      timer.cancel();
      const limitMs = progress.type === 'phase' && progress.phase !== 'manifest' ? VERIFY_MS : STALL_MS;
      timer = clock.setTimeout(() => onStall(limitMs), limitMs);
    },
    stop: () => timer.cancel(),
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
