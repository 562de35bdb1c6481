/** A part of the week: it begins on each of `days` at `startMin` and ends at `endMin`, which is beyond 1440 where it passes midnight. */
export interface ScheduleWindow {
  /** 0 = Sunday. */
  readonly days: ReadonlySet<number>;
  /** Minutes after midnight. */
  readonly startMin: number;
  readonly endMin: number;
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAY_MIN = 24 * 60;
const ENTRY = /^([a-z]{3}(?:-[a-z]{3})?(?:,\s*[a-z]{3}(?:-[a-z]{3})?)*|daily)(?:\s+(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2}))?$/;

/**
 * Reads days and hours as `mon-fri 18:00-08:00; sat,sun`: entries between semicolons, without hours the whole day. Throws Error
 * with a sentence where it is none.
 */
export function parseSchedule(text: string): readonly ScheduleWindow[] {
  const entries = text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (entries.length === 0) throw new Error(`must be days and hours like "mon-fri 18:00-08:00; sat,sun", not "${text}"`);
  return entries.map(parseEntry);
}

function parseEntry(entry: string): ScheduleWindow {
  const match = ENTRY.exec(entry);
  if (!match) throw new Error(`must be days and hours like "mon-fri 18:00-08:00; sat,sun", not "${entry}"`);
  const [, days = '', fromHour, fromMinute, toHour, toMinute] = match;
  const startMin = fromHour === undefined ? 0 : minutesOf(fromHour, fromMinute, entry);
  const endMin = toHour === undefined ? DAY_MIN : minutesOf(toHour, toMinute, entry);
  return { days: parseDays(days), startMin, endMin: endMin > startMin ? endMin : endMin + DAY_MIN };
}

function minutesOf(hour: string, minute: string | undefined, entry: string): number {
  const minutes = Number(hour) * 60 + Number(minute);
  if (Number(minute) > 59 || minutes > DAY_MIN) throw new Error(`has an hour that no day has: "${entry}"`);
  return minutes;
}

function parseDays(text: string): ReadonlySet<number> {
  if (text === 'daily') return new Set(DAYS.keys());
  return new Set(
    text.split(',').flatMap((part) => {
      const [first = 0, last = first] = part.trim().split('-').map(dayOf);
      const count = ((last - first + 7) % 7) + 1;
      return Array.from({ length: count }, (_, index) => (first + index) % 7);
    }),
  );
}

function dayOf(name: string): number {
  const day = (DAYS as readonly string[]).indexOf(name);
  if (day < 0) throw new Error(`has a day that no week has: "${name}"; they are ${DAYS.join(', ')}, and daily`);
  return day;
}
