import { AppError } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { Assignment } from '../balancing/create-balancing.js';
import { ClientLeft } from '../http/read-body.js';
import { type Among, allOf } from '../routing/among.js';
import { unknownModel } from '../routing/unknown-model.js';
import type { AnswerDeps, Exchange } from './exchange.js';

/** Waits in line for an agent with a free slot. Throws why there is none, or ClientLeft as soon as the client goes. */
export async function acquireSlot(exchange: Exchange, exclude: ReadonlySet<AgentId>, deps: AnswerDeps, among?: Among): Promise<Assignment> {
  const { context, request, record, cancellation } = exchange;
  const { facts } = request;
  const { res } = context;
  if (res.destroyed) throw new ClientLeft();
  const attempt = { ...facts, attempt: record.attempts + 1 };
  const narrowed = allOf(request.among, among);
  const rules = narrowed ? { pin: narrowed.includes } : {};
  let abandon = (_reason: Error) => {};
  const onClientGone = () => abandon(new ClientLeft());
  res.once('close', onClientGone);
  try {
    return await deps.lines.acquire(
      {
        line: narrowed ? `${facts.signature} ${narrowed.line}` : facts.signature,
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
