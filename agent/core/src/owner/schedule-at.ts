import type { ScheduleWindow } from '@ollama-coordinator/common';

export interface ScheduleState {
  readonly isOpen: boolean;
  /** When it opens next, milliseconds since 1970; undefined where it is open. */
  readonly opensMs: number | undefined;
}

/** The longest gap between two openings is a week; a window may have begun yesterday. */
const DAYS_AHEAD = 8;

/** Whether the hours say "serve" at that moment, by the clock on the wall of this machine. Pure but for its time zone. */
export function scheduleAt(windows: readonly ScheduleWindow[], nowMs: number): ScheduleState {
  const now = new Date(nowMs);
  let opensMs: number | undefined;
  for (let offset = -1; offset <= DAYS_AHEAD; offset += 1) {
    const at = (minutes: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset, 0, minutes).getTime();
    const weekday = new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset).getDay();
    for (const { days, startMin, endMin } of windows) {
      if (!days.has(weekday)) continue;
      const startMs = at(startMin);
      if (startMs <= nowMs && nowMs < at(endMin)) return { isOpen: true, opensMs: undefined };
      if (startMs > nowMs) opensMs = Math.min(opensMs ?? startMs, startMs);
    }
  }
  return { isOpen: false, opensMs };
}
