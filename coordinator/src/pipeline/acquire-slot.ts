import { AppError } from '@ollama-coordinator/common';
import type { AgentId } from '@ollama-coordinator/common/balancing';
import type { PlaceRules } from '../admission/slot-request.js';
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
  const attempt = record.attempts === 0 ? facts : { ...facts, attempt: record.attempts + 1 };
  // Once somebody failed, those with another build will do as well.
  const preferred = exclude.size === 0 ? request.preferred : undefined;
  const narrowed = among || preferred ? allOf(request.among, among, preferred) : request.among;
  const narrow = (rules: PlaceRules) => (narrowed ? { ...rules, pin: narrowed.includes } : rules);
  let onClientGone: (() => void) | undefined;
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
        place: (asked) => deps.balancing.place(attempt, narrow(asked)),
        wouldStart: (asked) => deps.balancing.wouldStart(attempt, narrow(asked)),
      },
      (place) => {
        onClientGone = () => place.abandon(new ClientLeft());
        res.once('close', onClientGone);
        record.queued(place);
        cancellation.onCancel(place.abandon);
      },
    );
  } catch (failure) {
    const isUnknown = failure instanceof AppError && failure.code === 'UNKNOWN_MODEL';
    throw isUnknown ? unknownModel(request.model, request.route) : failure;
  } finally {
    if (onClientGone) res.off('close', onClientGone);
  }
}
