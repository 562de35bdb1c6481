import { AppError } from '@ollama-coordinator/common';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Texts between commas; undefined where the flag was not given. */
export function readList(text: string | undefined): readonly string[] | undefined {
  return text
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A whole number; undefined where the flag was not given. Throws BAD_REQUEST. */
export function readNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badFlag(flag, `must be a whole number, not "${text}"`);
  return Number(text);
}

/** `name=value` between commas; undefined where the flag was not given. Throws BAD_REQUEST. */
export function readPairs(flag: string, text: string | undefined): Readonly<Record<string, string>> | undefined {
  const pairs = readList(text)?.map((part) => /^([^=]+)=(.*)$/.exec(part) ?? part);
  const strange = pairs?.find((pair) => typeof pair === 'string');
  if (strange !== undefined) throw badFlag(flag, `must be name=value, or several between commas, not "${strange}"`);
  return pairs && Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]));
}

/** A time to come as `30d`, `12h`, or as a date. RFC 3339. Throws BAD_REQUEST. */
export function readMoment(flag: string, text: string | undefined, nowMs: number): string | undefined {
  return text === undefined ? undefined : readTime(flag, text, (durationMs) => nowMs + durationMs);
}

/** The same for a time that is over: `24h` is a day ago. */
export function readPast(flag: string, text: string | undefined, nowMs: number): string | undefined {
  return text === undefined ? undefined : readTime(flag, text, (durationMs) => nowMs - durationMs);
}

function readTime(flag: string, text: string, fromDuration: (durationMs: number) => number): string {
  const [, count, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const timeMs = count === undefined ? Date.parse(text) : fromDuration(Number(count) * (UNIT_MS[unit] ?? 0));
  if (Number.isNaN(timeMs)) throw badFlag(flag, `must be a time like 30d, 12h or 2027-01-31, not "${text}"`);
  return new Date(timeMs).toISOString();
}

function badFlag(flag: string, problem: string): AppError {
  return new AppError('BAD_REQUEST', { details: { reason: `--${flag} ${problem}` } });
}
