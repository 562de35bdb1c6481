import type { Request } from '@ollama-coordinator/common';
import { withTag } from '../shared/with-tag.js';

/** As in the address of the page, and of `GET /api/coordinator/requests`. */
export interface RequestFilter {
  readonly agent: string;
  readonly model: string;
  readonly status: string;
  readonly caller: string;
  /** Local time, as `<input type="datetime-local">` has it. */
  readonly since: string;
  readonly until: string;
}

export const STATUSES = ['queued', 'running', 'completed', 'failed', 'cancelled', 'rejected'] as const;

export function readFilter(params: URLSearchParams): RequestFilter {
  const text = (name: string) => params.get(name) ?? '';
  return {
    agent: text('agent'),
    model: text('model'),
    status: text('status'),
    caller: text('caller'),
    since: text('since'),
    until: text('until'),
  };
}

/** For the API; a time that is none is left out. */
export function toQuery({ since, until, ...texts }: RequestFilter): URLSearchParams {
  const query = new URLSearchParams(Object.entries(texts).filter(([, value]) => value !== ''));
  for (const [name, local] of [
    ['since', since],
    ['until', until],
  ] as const) {
    const at = Date.parse(local);
    if (!Number.isNaN(at)) query.set(name, new Date(at).toISOString());
  }
  return query;
}

/** Whether a live request is one of those; as the history decides. */
export function passes(request: Request, { agent, model, status, caller, since, until }: RequestFilter): boolean {
  const atMs = Date.parse(request.received_at);
  return (
    (agent === '' || request.agent_id === agent || request.agent_name === agent) &&
    (model === '' || withTag(request.model).toLowerCase() === withTag(model).toLowerCase()) &&
    (status === '' || request.status === status) &&
    (caller === '' || request.caller === caller) &&
    (since === '' || !(atMs < Date.parse(since))) &&
    (until === '' || !(atMs > Date.parse(until)))
  );
}
