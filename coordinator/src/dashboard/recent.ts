import type { FleetEvent, Request } from '@ollama-coordinator/common';

/** How many requests and events the dashboard keeps. Hub and page apply the same rule, so that they hold the same lists. */
export const RECENT_REQUESTS = 200;
export const RECENT_EVENTS = 100;

export function isLive(request: Request): boolean {
  return request.status === 'queued' || request.status === 'running';
}

/** Puts the request in the place of its former version, else last. Beyond the limit the oldest settled one goes, else the oldest. */
export function keepRequest(requests: Map<string, Request>, request: Request): void {
  requests.set(request.id, request);
  if (requests.size <= RECENT_REQUESTS) return;
  for (const [id, kept] of requests) {
    if (isLive(kept)) continue;
    requests.delete(id);
    return;
  }
  for (const id of requests.keys()) {
    requests.delete(id);
    return;
  }
}

/** Puts the event last, unless it is there already. */
export function keepEvent(events: Map<string, FleetEvent>, event: FleetEvent): void {
  events.set(event.id, event);
  if (events.size <= RECENT_EVENTS) return;
  for (const id of events.keys()) {
    events.delete(id);
    return;
  }
}
