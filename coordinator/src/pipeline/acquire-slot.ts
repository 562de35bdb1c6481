import { AppError } from '@ollama-coordinator/common';
import { type AgentId, matchesTarget } from '@ollama-coordinator/common/balancing';
import type { Assignment } from '../balancing/create-balancing.js';
import type { CandidateRules } from '../balancing/find-candidates.js';
import type { Caller } from '../credentials/caller.js';
import { ClientLeft } from '../http/read-body.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import { unknownModel } from '../routing/unknown-model.js';
import type { AnswerDeps, Exchange } from './exchange.js';

/** Narrows the agents for a request beyond what every request asks for. Those who wait for the same narrowing share a line. */
export interface Among {
  readonly line: string;
  readonly includes: (agent: AgentRecord) => boolean;
}

/** Waits in line for an agent with a free slot. Throws why there is none, or ClientLeft as soon as the client goes. */
export async function acquireSlot(exchange: Exchange, exclude: ReadonlySet<AgentId>, deps: AnswerDeps, among?: Among): Promise<Assignment> {
  const { context, request, record, cancellation } = exchange;
  const { facts, pin } = request;
  const { res } = context;
  if (res.destroyed) throw new ClientLeft();
  const attempt = { ...facts, attempt: record.attempts + 1 };
  const rules = agentRule(pin, among, context.caller);
  let abandon = (_reason: Error) => {};
  const onClientGone = () => abandon(new ClientLeft());
  res.once('close', onClientGone);
  try {
    return await deps.lines.acquire(
      {
        line: [facts.signature, pin, among?.line, context.caller.key?.agentsText].filter((part) => part !== undefined).join(' '),
        id: context.id,
        model: facts.model,
        signature: facts.signature,
        caller: facts.caller,
        promptTokens: facts.promptTokens.mean,
        outputTokens: facts.outputTokens.mean,
        priority: facts.priority,
        receivedAtMs: context.receivedAtMs,
        waitedMs: record.queueMs,
        exclude,
        place: (asked) => deps.balancing.place(attempt, { ...rules, ...asked }),
        wouldStart: (asked) => deps.balancing.wouldStart(attempt, { ...rules, ...asked }),
      },
      (place) => {
        abandon = place.abandon;
        record.queued(place);
        cancellation.onCancel(abandon);
      },
    );
  } catch (failure) {
    const isUnknown = failure instanceof AppError && failure.code === 'UNKNOWN_MODEL';
    throw isUnknown ? unknownModel(request.model, request.route) : failure;
  } finally {
    res.off('close', onClientGone);
  }
}

function agentRule(pin: string | undefined, among: Among | undefined, { key }: Caller): Pick<CandidateRules, 'pin'> {
  const allows = key?.allowsAgent;
  if (pin === undefined && among === undefined && allows === undefined) return {};
  return {
    pin: (agent) =>
      (pin === undefined || matchesTarget(agent, pin)) &&
      (among === undefined || among.includes(agent)) &&
      (allows === undefined || allows(agent)),
  };
}
