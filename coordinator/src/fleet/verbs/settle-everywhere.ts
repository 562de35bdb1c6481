import { AppError } from '@ollama-coordinator/common';
import type { RequestContext } from '../../http/request-context.js';
import { sendJson } from '../../http/send-json.js';
import type { AgentRecord, FleetSnapshot } from '../../registry/fleet-snapshot.js';
import { describeFailures, type Outcome, sortOutcomes, type WholeAnswer } from '../every-agent.js';
import { agentHeaders, sendAnswer } from '../relay-answer.js';
import { untilShown } from '../until-shown.js';
import type { VerbDeps } from './verb-deps.js';

export interface Everywhere {
  readonly model: string;
  /** What was to be done, as `deleted`. */
  readonly verb: string;
  readonly isDone: (answer: WholeAnswer) => boolean;
  /** Whether the snapshot shows it done on that agent. */
  readonly isShown: (snapshot: FleetSnapshot, agent: AgentRecord) => boolean;
  /** Sent where all did it; by default an empty body, as Ollama answers most verbs. */
  readonly answer?: object;
}

/**
 * Answers a verb that went to every holder: as Ollama does where all did it, or where all refused it alike; else with an error
 * that names who did it and who did not.
 */
export async function settleEverywhere(
  context: RequestContext,
  outcomes: readonly Outcome[],
  { model, verb, isDone, isShown, answer }: Everywhere,
  { fleet, clock }: Pick<VerbDeps, 'fleet' | 'clock'>,
): Promise<void> {
  const { done, failed } = sortOutcomes(outcomes, isDone);
  await untilShown(fleet, (snapshot) => done.every((agent) => isShown(snapshot, agent)), clock);
  if (failed.length > 0) {
    const alike = done.length === 0 ? sameAnswer(failed) : undefined;
    if (alike) return sendAnswer(context, alike);
    const details = { model, verb, done: done.map(({ name }) => name).join(', '), failed: describeFailures(failed) };
    throw new AppError(done.length > 0 ? 'PARTLY_DONE' : 'NOT_DONE', { details });
  }
  for (const [name, value] of Object.entries(agentHeaders(context, done))) context.res.setHeader(name, value);
  if (answer) sendJson(context, 200, answer);
  else context.res.writeHead(200, { 'content-length': 0 }).end();
}

/** What every Ollama said, where all said the same. */
function sameAnswer(outcomes: readonly Outcome[]): WholeAnswer | undefined {
  const [first] = outcomes;
  const text = first?.answer?.body.toString();
  return text !== undefined && outcomes.every(({ answer }) => answer?.body.toString() === text) ? first?.answer : undefined;
}
