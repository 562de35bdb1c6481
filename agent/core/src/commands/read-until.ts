import { AppError } from '@ollama-coordinator/common';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `--until 18:00` (today, else tomorrow), `--until 2027-01-31T12:00`, `--for 90m`. Milliseconds since 1970; undefined: neither was given. Throws BAD_REQUEST. */
export function readUntil({ until, for: duration }: Readonly<Record<string, string | undefined>>, nowMs: number): number | undefined {
  if (until !== undefined && duration !== undefined) throw bad('give --until or --for, not both');
  if (duration !== undefined) return nowMs + readDuration(duration);
  return until === undefined ? undefined : readMoment(until, nowMs);
}

function readDuration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0) throw bad(`--for must be a time like 90m, 2h or 1d, not "${text}"`);
  return Number(count) * (UNIT_MS[unit] ?? 0);
}

function readMoment(text: string, nowMs: number): number {
  const clock = /^(\d{1,2}):(\d{2})$/.exec(text);
  const atMs = clock ? nextTime(Number(clock[1]), Number(clock[2]), nowMs) : Date.parse(text);
  if (!Number.isFinite(atMs)) throw bad(`--until must be a time like 18:00 or 2027-01-31T12:00, not "${text}"`);
  if (atMs <= nowMs) throw bad(`--until ${text} is over already`);
  return atMs;
}

function nextTime(hour: number, minute: number, nowMs: number): number {
  if (hour > 23 || minute > 59) return Number.NaN;
  const now = new Date(nowMs);
  const on = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour, minute).getTime();
  return on(0) > nowMs ? on(0) : on(1);
}

function bad(reason: string): AppError {
  return new AppError('BAD_REQUEST', { details: { reason } });
}
