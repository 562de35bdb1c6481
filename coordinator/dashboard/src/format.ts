import { t } from './words/words.js';

/** Text for people: short, with units, and an en dash for what is not known. */
export const UNKNOWN = '–';

export function duration(ms: number | undefined): string {
  if (ms === undefined) return UNKNOWN;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const whole = (unitMs: number) => Math.floor(ms / unitMs);
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} ${t('s')}`;
  if (ms < 3_600_000) return `${whole(60_000)} ${t('min')} ${whole(1000) % 60} ${t('s')}`;
  if (ms < 86_400_000) return `${whole(3_600_000)} ${t('h')} ${whole(60_000) % 60} ${t('min')}`;
  return `${whole(86_400_000)} ${t('d')} ${whole(3_600_000) % 24} ${t('h')}`;
}

/** How long ago, to the second; the two clocks may differ by a blink, so the future is now. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds === 0 ? t('now') : t('{time} ago', { time: duration(seconds * 1000).replace('.0', '') });
}

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log10(count) / 3), units.length - 1);
  const value = count / 1000 ** power;
  return `${value.toFixed(value < 10 && power > 0 ? 1 : 0)} ${units[power]}`;
}

export function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

const TIME = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const timeOfClock = formatterOf({ ...TIME, second: '2-digit' });
const dateOfClock = formatterOf({ ...TIME, month: '2-digit', day: '2-digit', second: '2-digit' });
const dayAndMinute = formatterOf({ ...TIME, weekday: 'short' });
const minuteOfClock = formatterOf(TIME);

export function timeOfDay(rfc3339: string): string {
  const time = Date.parse(rfc3339);
  return Number.isNaN(time) ? UNKNOWN : timeOfClock(time);
}

export function dateAndTime(rfc3339: string): string {
  const time = Date.parse(rfc3339);
  return Number.isNaN(time) ? UNKNOWN : dateOfClock(time);
}

/** `18:00` today, else with the day of the week. */
export function dayAndTime(rfc3339: string): string {
  const time = Date.parse(rfc3339);
  if (Number.isNaN(time)) return UNKNOWN;
  return new Date(time).toDateString() === new Date().toDateString() ? minuteOfClock(time) : dayAndMinute(time);
}

/** Made when it is first used: each takes milliseconds, which the start of the page does not have. */
function formatterOf(options: Intl.DateTimeFormatOptions): (timeMs: number) => string {
  let format: Intl.DateTimeFormat | undefined;
  return (timeMs) => {
    format ??= new Intl.DateTimeFormat(undefined, options);
    return format.format(timeMs);
  };
}
