import { AppError } from '@ollama-coordinator/common';
import { isStream } from '../forwarding/answer-relay.js';
import type { AttemptResult } from '../forwarding/forward-attempt.js';
import { clientHeaders } from '../forwarding/forwarded-headers.js';
import { endsWhole } from '../forwarding/stream-end.js';
import { errorRecord } from '../http/send-error.js';
import type { AgentRecord } from '../registry/fleet-snapshot.js';
import type { Exchange } from './exchange.js';

/** The client has the answer. A stream that ended in an error record of Ollama's own is a failure all the same. */
export function settleAnswered({ record }: Exchange, { head, tail, figures }: Extract<AttemptResult, { kind: 'answered' }>): void {
  const isWhole = head.status < 400 && (!isStream(head) || endsWhole(tail));
  record.settle(isWhole ? 'completed' : 'failed', { httpStatus: head.status, ...figures });
}

/**
 * The agent went away mid-answer. A stream ends in an error record of its own format; an answer whose length was promised
 * is cut, so that nobody takes it for whole.
 */
export function endBrokenStream(exchange: Exchange, agent: AgentRecord, broken: Extract<AttemptResult, { kind: 'broken' }>): void {
  endBegun(exchange, broken, new AppError('STREAM_BROKEN', { details: { agent: agent.name } }), 'failed');
}

/** An operator ended the request. Throws the reason while the client has nothing. */
export function endCancelled(exchange: Exchange, result: AttemptResult, reason: AppError): void {
  if (result.kind !== 'broken') throw reason;
  endBegun(exchange, result, reason, 'cancelled');
}

function endBegun(
  { context, request, record }: Exchange,
  { head, tail, figures }: Extract<AttemptResult, { kind: 'broken' }>,
  error: AppError,
  status: 'failed' | 'cancelled',
): void {
  if (isStream(head)) {
    const isMidRecord = tail !== '' && !tail.endsWith('\n');
    context.res.end((isMidRecord ? '\n' : '') + errorRecord(error, request.route.shape, context.id));
  } else {
    context.res.destroy();
  }
  record.settle(status, { httpStatus: head.status, errorCode: error.code, ...figures });
}

/** No further agent will do. An error that Ollama itself answered says more than a sentence of ours. */
export function giveUp({ context, record, isLast }: Exchange, last: Extract<AttemptResult, { kind: 'failed' }>): void {
  const { answer, error } = last;
  if (!answer || !isLast) {
    const tries = record.attempts;
    throw tries > 1 ? new AppError('OUT_OF_TRIES', { details: { tries, cause: error.message }, cause: error, retryAfterS: 1 }) : error;
  }
  const { head, body } = answer;
  const added = {
    'content-length': String(body.length),
    'x-coordinator-request-id': context.id,
    'x-coordinator-attempts': String(record.attempts),
  };
  context.res.writeHead(head.status, clientHeaders(head, added));
  context.res.end(body);
  record.settle('failed', { httpStatus: head.status, errorCode: error.code });
}
