import { AppError, type Clock } from '@ollama-coordinator/common';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import { type AskAgent, errorSentence, type Question } from './ask-agent.js';
import { readWhole } from './read-whole.js';

/** An answer as a whole. */
export interface WholeAnswer {
  readonly agent: AgentRecord;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

/** What became of a verb on one agent: an answer of its Ollama, or why there is none. */
export type Outcome =
  | { readonly agent: AgentRecord; readonly answer: WholeAnswer }
  | { readonly agent: AgentRecord; readonly failure: string; readonly answer?: undefined };

export interface AskWholeDeps {
  readonly ask: AskAgent;
  readonly clock: Pick<Clock, 'setTimeout'>;
}

/** An answer of more than this is none that Ollama gives. */
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024;

/** Asks one agent and reads its whole answer, its head and its body within `timeoutMs` each. Rejects as AskAgent does. */
export async function askWhole(agent: AgentRecord, question: Question, { ask, clock }: AskWholeDeps): Promise<WholeAnswer> {
  const { timeoutMs } = question;
  const { status, headers, body } = await ask(agent, question);
  const giveUp = (limitMs: number) => () => body.destroy(new Error(`no whole answer within ${limitMs / 1000} s`));
  const timer = timeoutMs === undefined ? undefined : clock.setTimeout(giveUp(timeoutMs), timeoutMs);
  try {
    return { agent, status, contentType: headers['content-type'], body: await readWhole(body, ANSWER_LIMIT_BYTES) };
  } catch (cause) {
    throw new AppError('AGENT_FAILED', { details: { agent: agent.name, cause: (cause as Error).message }, cause });
  } finally {
    timer?.cancel();
  }
}

/** Asks all of them at the same time; who is offline is not asked. Never rejects. */
export function askEvery(agents: readonly AgentRecord[], question: Question, deps: AskWholeDeps): Promise<readonly Outcome[]> {
  return Promise.all(
    agents.map(async (agent): Promise<Outcome> => {
      if (agent.status === 'offline') return { agent, failure: 'offline' };
      try {
        return { agent, answer: await askWhole(agent, question, deps) };
      } catch (failure) {
        return { agent, failure: failure instanceof AppError ? String(failure.details.cause ?? failure.message) : String(failure) };
      }
    }),
  );
}

export interface Sorted {
  readonly done: readonly AgentRecord[];
  readonly failed: readonly Outcome[];
}

/** Tells who did it from who did not. */
export function sortOutcomes(outcomes: readonly Outcome[], isDone: (answer: WholeAnswer) => boolean): Sorted {
  const did = (outcome: Outcome) => outcome.answer !== undefined && isDone(outcome.answer);
  return { done: outcomes.filter(did).map(({ agent }) => agent), failed: outcomes.filter((outcome) => !did(outcome)) };
}

/** What failed where, as `gpu-2 (offline), gpu-3 (no answer within 10 s)`. */
export function describeFailures(failed: readonly Outcome[]): string {
  return failed.map((outcome) => `${outcome.agent.name} (${reasonOf(outcome)})`).join(', ');
}

function reasonOf(outcome: Outcome): string {
  if (!outcome.answer) return outcome.failure;
  return errorSentence(outcome.answer.body.toString()) ?? `status ${outcome.answer.status}`;
}
