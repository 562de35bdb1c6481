import type { LimitKeys } from '../admission/limits/key-limits.js';
import type { Permit } from '../admission/limits/key-meters.js';
import type { Expectations } from '../balancing/learned/expectations.js';
import type { UnloadModel } from '../fleet/verbs/unload-model.js';
import { readBody } from '../http/read-body.js';
import type { RequestContext } from '../http/request-context.js';
import type { InferenceRoute } from '../http/routes.js';
import type { Recording } from '../recording/request-record.js';
import type { Routing } from '../routing/create-routing.js';
import { readInferenceRequest } from '../routing/inference-request.js';
import { answerRequest } from './answer-request.js';
import type { AnswerDeps } from './exchange.js';
import type { LiveRequests } from './live-requests.js';
import { settleFailure } from './settle-failure.js';

export interface InferenceDeps extends AnswerDeps {
  readonly live: LiveRequests;
  readonly beginRecord: Recording['begin'];
  readonly expectations: Expectations;
  readonly limits: Pick<LimitKeys, 'admit'>;
  readonly routing: Pick<Routing, 'resolve'>;
  readonly unload: UnloadModel;
  readonly bodyLimitBytes: number;
}

export type HandleInference = (context: RequestContext, route: InferenceRoute) => Promise<void>;

/**
 * One inference request from its arrival to its one outcome: see whether its key has something left, read it, find an agent that
 * answers it, record what became of it. Never rejects.
 */
export function createHandleInference(deps: InferenceDeps): HandleInference {
  return async (context, route) => {
    const record = deps.beginRecord(context, route);
    let permit: Permit | undefined;
    try {
      const admission = deps.limits.admit(context.caller);
      if (admission) permit = await admission;
      const body = await readBody(context.req, deps.bodyLimitBytes);
      const sources = { expectations: deps.expectations, needsPrefix: deps.balancing.needs('prefix') };
      const request = deps.routing.resolve(readInferenceRequest(context, route, body, sources), context.caller);
      record.accepted(request);
      if (request.loadCall === 'unload') {
        await deps.unload(context, request);
        record.settle('completed', { httpStatus: context.res.statusCode });
      } else {
        deps.retries.requested();
        await answerRequest({ context, request, record, cancellation: deps.live.begin(context.id), permit }, deps);
      }
    } catch (failure) {
      settleFailure(context, record, failure);
    } finally {
      deps.live.end(context.id);
      permit?.release();
    }
  };
}
