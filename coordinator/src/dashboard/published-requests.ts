import type { DashboardChange, Request } from '@ollama-coordinator/common';
import { keepRequest } from './recent.js';

type RequestParts = Pick<DashboardChange, 'requests' | 'removed_requests'>;

/** The requests as every page has them, and what must be sent to bring the pages up to what happened. */
export interface PublishedRequests {
  change(request: Request): void;
  /** False where it is not among them. */
  forget(id: string): boolean;
  /** What happened since the last call; an empty object when nothing did. */
  take(): RequestParts;
  /** The oldest first. */
  list(): Iterable<Request>;
}

export function createPublishedRequests(): PublishedRequests {
  const requests = new Map<string, Request>();
  const changed = new Set<string>();
  let forgotten: string[] = [];
  return {
    change(request) {
      keepRequest(requests, request);
      changed.add(request.id);
      if (changed.size > 2 * requests.size) for (const id of changed) if (!requests.has(id)) changed.delete(id);
    },
    forget(id) {
      if (!requests.delete(id)) return false;
      changed.delete(id);
      forgotten.push(id);
      return true;
    },
    take() {
      const taken = [...changed].flatMap((id) => requests.get(id) ?? []);
      const removed = forgotten;
      changed.clear();
      forgotten = [];
      return { ...(taken.length > 0 ? { requests: taken } : {}), ...(removed.length > 0 ? { removed_requests: removed } : {}) };
    },
    list: () => requests.values(),
  };
}
