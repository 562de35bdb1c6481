import { AppError, normalizeModelName, runnerSignature } from '@ollama-coordinator/common';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import type { Ask, AskAgent } from '../ask-agent.js';

/** A model of tens of gigabytes from a slow disk takes minutes. */
const LOAD_WITHIN_MS = 10 * 60_000;

export interface PreloadOptions {
  readonly agent: AgentRecord;
  readonly model: string;
  /** Whether Ollama is to keep it for ever. */
  readonly isPinned: boolean;
  readonly ask: AskAgent;
  readonly signal: AbortSignal;
}

/** Has an agent load a model into memory, by way of its gate. Throws AppErrors; one that is loaded already is left alone. */
export async function preload({ agent, model, isPinned, ask, signal }: PreloadOptions): Promise<void> {
  const name = normalizeModelName(model);
  if (!isPinned && agent.runners.some((runner) => runner.model === name && runner.state === 'ready')) return;
  const keep = isPinned ? { keep_alive: -1 } : {};
  const common = { method: 'POST', signature: runnerSignature(model), timeoutMs: LOAD_WITHIN_MS, signal } as const;
  const generate: Ask = { ...common, path: '/api/generate', body: { model, ...keep } };
  let answer = await ask(agent, generate);
  // A model for embeddings refuses to generate; an embedding of nothing loads it.
  if (answer.status === 400) answer = await ask(agent, { ...common, path: '/api/embed', body: { model, input: [], ...keep } });
  if (answer.status === 200) return;
  const reason = answer.error || `Ollama answered ${answer.status}`;
  if (answer.isBusy) throw new AppError('JOB_FAILED', { details: { reason: `no room in memory now: ${reason}` } });
  throw new AppError(answer.status >= 500 ? 'JOB_FAILED' : 'JOB_REFUSED', { details: { reason } });
}
