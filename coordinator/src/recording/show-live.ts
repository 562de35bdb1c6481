import type { Clock, Request } from '@ollama-coordinator/common';

/** What is over sooner is shown once, when it settles: nobody sees it run, and most requests of a busy fleet are short. */
const SHOWN_AFTER_MS = 100;

/** Shows requests that are still live after a moment. */
export interface ShowLive {
  /** `describe` is called when the time comes, and not before. */
  changed(id: string, describe: () => Request): void;
  /** It settled: what was not shown yet is not shown any more. */
  settled(id: string): void;
}

export function createShowLive({ clock, show }: { readonly clock: Clock; readonly show: (request: Request) => void }): ShowLive {
  const due = new Map<string, () => Request>();
  let isTimerSet = false;
  const showDue = () => {
    isTimerSet = false;
    for (const describe of due.values()) show(describe());
    due.clear();
  };
  return {
    changed: (id, describe) => {
      due.set(id, describe);
      if (isTimerSet) return;
      isTimerSet = true;
      clock.setTimeout(showDue, SHOWN_AFTER_MS);
    },
    settled: (id) => void due.delete(id),
  };
}
