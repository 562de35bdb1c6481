import type { IncomingMessage } from 'node:http';
import type { AppError, Clock } from '@ollama-coordinator/common';
import type { Audit } from '../audit/create-audit.js';
import type { Peer } from './peer.js';
import type { RequestContext } from './request-context.js';
import type { Route } from './routes.js';

/** Whoever signs in or out, or fails to, is put on record too, and whoever reads what others asked. */
const OTHERS: ReadonlySet<string> = new Set(['signIn', 'signOut', 'requestBodies']);
/** Refusals of one second that are recorded; a flood of them would only hide what matters. */
const MOST_REFUSALS = 10;

/** Puts acts on record that change something with the rights of an operator or administrator, by the route table: none can be forgotten. */
export interface AuditRoute {
  /** Called for every request; what came of it is recorded when its answer has ended. Cheap where there is nothing to record. */
  follow(context: RequestContext, route: Route): void;
  /** Somebody's key did not allow it. */
  refused(req: IncomingMessage, route: Route, error: AppError, requestId: string): void;
}

export interface AuditRouteDeps {
  readonly audit: Pick<Audit, 'record'>;
  readonly peer: Pick<Peer, 'address'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

export function createAuditRoute({ audit, peer, clock }: AuditRouteDeps): AuditRoute {
  let second = 0;
  let refusals = 0;
  const isTooMany = () => {
    const now = Math.floor(clock.monotonic() / 1000);
    if (now !== second) refusals = 0;
    second = now;
    refusals += 1;
    return refusals > MOST_REFUSALS;
  };
  return {
    follow(context, route) {
      if (!isAudited(route)) return;
      const { id, req, res, caller, params, path } = context;
      res.once('close', () => {
        const { target = params.id ?? params.digest, detail, actor = caller.id, keyId = caller.key?.id } = context.audit;
        audit.record({
          actor,
          ...(keyId === undefined ? {} : { key_id: keyId }),
          action: actionOf(route),
          ...(target === undefined ? {} : { target }),
          ...(detail === undefined ? {} : { detail }),
          method: route.method,
          path,
          http_status: res.statusCode,
          address: peer.address(req),
          request_id: id,
        });
      });
    },
    refused(req, route, { status, details }, requestId) {
      if (!isAudited(route) || status !== 403 || isTooMany()) return;
      audit.record({
        actor: String(details.caller ?? 'unknown'),
        action: actionOf(route),
        detail: 'refused',
        method: route.method,
        path: (req.url ?? '').split('?', 1)[0]?.slice(0, 256) ?? '',
        http_status: status,
        address: peer.address(req),
        request_id: requestId,
      });
    },
  };
}

function isAudited(route: Route): boolean {
  if (route.kind === 'inference') return false;
  if (route.kind === 'api' && OTHERS.has(route.handler)) return true;
  return route.method !== 'GET' && route.method !== 'HEAD' && (route.scope === 'operate' || route.scope === 'admin');
}

function actionOf(route: Route): string {
  return route.kind === 'inference' ? route.operation : route.handler;
}
