import { AppError, normalizeModelName, runnerSignature } from '@ollama-coordinator/common';
import type { AskAgent } from '../../fleet/ask-agent.js';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';
import { askOllama } from './ask-ollama.js';

/** A model of tens of gigabytes from a slow disk takes minutes. */
const LOAD_WITHIN_MS = 10 * 60_000;

export interface PreloadOptions {
  readonly agent: AgentRecord;
  readonly model: string;
  readonly job: string;
  readonly ask: AskAgent;
  readonly signal: AbortSignal;
}

/** Has an agent load a model into memory, by way of its gate. Throws AppErrors; one that is loaded already is left alone. */
export async function preload({ agent, model, job, ask, signal }: PreloadOptions): Promise<void> {
  const name = normalizeModelName(model);
  if (agent.runners.some((runner) => runner.model === name && runner.state === 'ready')) return;
  const common = { method: 'POST', job, signature: runnerSignature(model), timeoutMs: LOAD_WITHIN_MS, signal } as const;
  let answer = await askOllama(ask, agent, { ...common, path: '/api/generate', body: { model } });
  // A model for embeddings refuses to generate; an embedding of nothing loads it.
  if (answer.status === 400) answer = await askOllama(ask, agent, { ...common, path: '/api/embed', body: { model, input: [] } });
  if (answer.status === 200) return;
  throw new AppError(answer.status >= 500 ? 'JOB_FAILED' : 'JOB_REFUSED', { details: { reason: answer.error } });
}
