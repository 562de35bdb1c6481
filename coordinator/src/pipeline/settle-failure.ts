import { ClientLeft } from '../http/read-body.js';
import type { RequestContext } from '../http/request-context.js';
import { sendError, toAppError } from '../http/send-error.js';
import type { RequestRecord } from '../recording/request-record.js';

/** Status that the log and the history show for a client that left; nobody receives it (nginx writes the same number). */
export const CLIENT_LEFT_STATUS = 499;

/** Refusals before the request was taken on. */
const TURNED_AWAY: ReadonlySet<string> = new Set(['QUEUE_FULL', 'WAIT_TOO_LONG']);

/** The request failed before anything was sent: tells the client, if it is still there, and records it. */
export function settleFailure(context: RequestContext, record: RequestRecord, failure: unknown): void {
  if (failure instanceof ClientLeft || context.res.destroyed) {
    record.settle('cancelled', { httpStatus: CLIENT_LEFT_STATUS });
    return;
  }
  const error = toAppError(failure, context.id);
  if (!context.res.headersSent) sendError(context.res, error, context.shape, context.id);
  else context.res.destroy();
  const status =
    error.code === 'CANCELLED_BY_OPERATOR' ? 'cancelled' : TURNED_AWAY.has(error.code) || error.status < 500 ? 'rejected' : 'failed';
  const cause = error.code === 'INTERNAL' ? error.cause : undefined;
  record.settle(status, { httpStatus: error.status, errorCode: error.code, ...(cause === undefined ? {} : { cause }) });
}
