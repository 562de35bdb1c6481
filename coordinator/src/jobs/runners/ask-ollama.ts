import { AppError, describeCause } from '@ollama-coordinator/common';
import { type AskAgent, errorSentence } from '../../fleet/ask-agent.js';
import { readWhole } from '../../fleet/read-whole.js';
import type { AgentRecord } from '../../registry/fleet-snapshot.js';

export interface OllamaQuestion {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly body: object;
  /** Named to the agent as the request's id. */
  readonly job: string;
  readonly signature?: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const LIMIT_BYTES = 1_048_576;

/** Asks an agent's Ollama something short. `error` is its complaint, or its status where it does not complain. Throws what AskAgent throws. */
export async function askOllama(
  ask: AskAgent,
  agent: AgentRecord,
  { body, job, ...question }: OllamaQuestion,
): Promise<{ readonly status: number; readonly error: string }> {
  const answer = await ask(agent, { ...question, requestId: job, body: Buffer.from(JSON.stringify(body)) });
  const text = await readWhole(answer.body, LIMIT_BYTES).catch((cause: unknown) => {
    throw new AppError('AGENT_FAILED', { details: { agent: agent.name, cause: describeCause(cause) }, cause });
  });
  return { status: answer.status, error: errorSentence(text.toString()) ?? `Ollama answered ${answer.status}` };
}
