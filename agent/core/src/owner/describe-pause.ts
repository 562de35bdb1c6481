import type { Pause } from '@ollama-coordinator/common';

/** Who has the agent rest, and until when, milliseconds since 1970; undefined where that is not known. */
export interface PauseCause {
  readonly by: Pause['by'];
  readonly untilMs: number | undefined;
}

const WORDS: Readonly<Record<Pause['by'], string>> = {
  owner: 'paused by its owner',
  schedule: 'paused by its schedule',
  battery: 'paused while it runs on battery',
  gpu: 'paused while another program uses its graphics card',
};
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const DAY_MS = 86_400_000;

/** As heartbeats tell it; the text is in the time zone of this machine. Pure but for that. */
export function describePause({ by, untilMs }: PauseCause, nowMs: number): Pause {
  if (untilMs === undefined) return { by, text: WORDS[by] };
  return { by, until: new Date(untilMs).toISOString(), text: `${WORDS[by]} until ${describeMoment(untilMs, nowMs)}` };
}

/** `18:00` today, `Mon 18:00` within the next days, else `2026-12-24 18:00`. */
export function describeMoment(atMs: number, nowMs: number): string {
  const [at, now] = [new Date(atMs), new Date(nowMs)];
  const time = `${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`;
  if (at.toDateString() === now.toDateString()) return time;
  if (atMs > nowMs && atMs - nowMs < 6 * DAY_MS) return `${DAYS[at.getDay()]} ${time}`;
  return `${at.getFullYear()}-${twoDigits(at.getMonth() + 1)}-${twoDigits(at.getDate())} ${time}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
