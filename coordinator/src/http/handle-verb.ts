import type { Clock, Logger } from '@ollama-coordinator/common';
import { ClientLeft } from './read-body.js';
import type { RequestContext } from './request-context.js';
import type { VerbName, VerbRoute } from './routes.js';
import { sendError, toAppError } from './send-error.js';

/** Answers one verb of Ollama's over the fleet. What it throws is sent in the shape of the route. */
export type VerbHandler = (context: RequestContext) => void | Promise<void>;
export type VerbHandlers = Readonly<Record<VerbName, VerbHandler>>;

export type HandleVerb = (context: RequestContext, route: VerbRoute<VerbName>) => Promise<void>;

/** Runs the handler of a verb. Never rejects; one that may change something leaves one line in the log. */
export function createHandleVerb({
  handlers,
  clock,
  log,
}: {
  readonly handlers: VerbHandlers;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Logger;
}): HandleVerb {
  return async (context, { method, handler: verb }) => {
    const { id, res, caller, startedMs } = context;
    try {
      await handlers[verb](context);
    } catch (failure) {
      answerFailure(context, failure, log);
    }
    if (method === 'GET' || method === 'HEAD') return;
    const totalMs = Math.round(clock.monotonic() - startedMs);
    log.info({ request_id: id, verb, caller: caller.id, http_status: res.statusCode, total_ms: totalMs }, 'verb settled');
  };
}

function answerFailure({ id, res, shape }: RequestContext, failure: unknown, log: Logger): void {
  if (failure instanceof ClientLeft) return;
  const error = toAppError(failure, id);
  if (error.code === 'INTERNAL') log.error({ err: failure, request_id: id }, 'request failed inside');
  if (res.headersSent || res.destroyed) res.destroy();
  else sendError(res, error, shape, id);
}
