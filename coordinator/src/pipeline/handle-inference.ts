import type { LimitKeys } from '../admission/limits/key-limits.js';
import type { Permit } from '../admission/limits/key-meters.js';
import type { Expectations } from '../balancing/learned/expectations.js';
import type { UnloadModel } from '../fleet/verbs/unload-model.js';
import type { KeepBodies } from '../history/bodies/keep-bodies.js';
import type { HeldBodies } from '../http/held-bodies.js';
import type { RequestContext } from '../http/request-context.js';
import type { InferenceRoute } from '../http/routes.js';
import type { Recording, RequestRecord } from '../recording/request-record.js';
import type { Routing } from '../routing/create-routing.js';
import { type InferenceRequest, toInferenceRequest } from '../routing/inference-request.js';
import type { LimitOptions } from '../routing/option-policy.js';
import { readAsked } from '../routing/read-asked.js';
import { answerFirstAble } from './answer-first-able.js';
import { answerRequest } from './answer-request.js';
import type { AnswerDeps } from './exchange.js';
import type { LiveRequests } from './live-requests.js';
import { settleFailure } from './settle-failure.js';

export interface InferenceDeps extends AnswerDeps {
  readonly live: LiveRequests;
  readonly beginRecord: Recording['begin'];
  readonly expectations: Expectations;
  readonly limits: Pick<LimitKeys, 'admit'>;
  readonly routing: Pick<Routing, 'expand' | 'resolve'>;
  readonly limitOptions: LimitOptions;
  readonly unload: UnloadModel;
  readonly bodies: HeldBodies;
  /** Undefined: what is asked and answered is not kept. */
  readonly keepBodies?: KeepBodies | undefined;
}

export type HandleInference = (context: RequestContext, route: InferenceRoute) => Promise<void>;

/**
 * One inference request from its arrival to its one outcome: see whether its key has something left, read it, find an agent that
 * answers it, record what became of it. Never rejects.
 */
export function createHandleInference(deps: InferenceDeps): HandleInference {
  return async (context, route) => {
    const record = deps.beginRecord(context, route);
    const held = deps.bodies.open();
    const kept = deps.keepBodies?.begin(context);
    let permit: Permit | undefined;
    try {
      const admission = deps.limits.admit(context.caller);
      if (admission) permit = await admission;
      const body = await held.read(context.req);
      kept?.asked(body);
      const sources = { expectations: deps.expectations, needsPrefix: deps.balancing.needs('prefix') };
      const asked = deps.limitOptions(readAsked(context, route, body), route, context.caller);
      const cancellation = deps.live.begin(context.id);
      await answerFirstAble(deps.routing.expand(asked, context.caller), async (one, { isLast, after }) => {
        const noted = after ? { ...one, notes: [...one.notes, `before it: ${after.message}`] } : one;
        const request = deps.routing.resolve(toInferenceRequest(context, route, noted, sources), context.caller);
        record.accepted(request);
        if (request.loadCall === 'unload') return unload(context, request, record, deps);
        deps.retries.requested();
        return answerRequest({ context, request, record, cancellation, permit, isLast }, deps);
      });
    } catch (failure) {
      settleFailure(context, record, failure);
    } finally {
      deps.live.end(context.id);
      kept?.settled(record.describe());
      held.release();
      permit?.release();
    }
  };
}

async function unload(context: RequestContext, request: InferenceRequest, record: RequestRecord, deps: InferenceDeps): Promise<void> {
  await deps.unload(context, request);
  record.settle('completed', { httpStatus: context.res.statusCode });
}
