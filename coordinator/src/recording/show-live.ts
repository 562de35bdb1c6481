import type { Clock, Request } from '@ollama-coordinator/common';

/** What is over sooner is shown once, when it settles: nobody sees it run, and most requests of a busy fleet are short. */
const SHOWN_AFTER_MS = 100;

/** A request that may be shown. */
export interface Showable {
  readonly isSettled: boolean;
  /** It stands in the list of those to be shown; kept by ShowLive. */
  isDue: boolean;
  describe(): Request;
}

/** Shows requests that are still live after a moment, as they are then. */
export type ShowLive = (request: Showable) => void;

export function createShowLive({ clock, show }: { readonly clock: Clock; readonly show: (request: Request) => void }): ShowLive {
  let due: Showable[] = [];
  const showDue = () => {
    const taken = due;
    due = [];
    for (const request of taken) {
      request.isDue = false;
      if (!request.isSettled) show(request.describe());
    }
  };
  return (request) => {
    if (request.isDue) return;
    request.isDue = true;
    if (due.length === 0) clock.setTimeout(showDue, SHOWN_AFTER_MS);
    due.push(request);
  };
}
