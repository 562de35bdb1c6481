/** A time as a person says it: a count of one unit. */
export interface RoughTime {
  readonly count: string;
  readonly unit: 's' | 'min' | 'h';
}

/** Seconds up to a minute and a half, then minutes, from an hour and a half on hours with a tenth. Pure. */
export function roughTime(seconds: number): RoughTime {
  const whole = Math.ceil(seconds);
  if (whole < 90) return { count: String(whole), unit: 's' };
  return whole < 5400 ? { count: String(Math.round(whole / 60)), unit: 'min' } : { count: (whole / 3600).toFixed(1), unit: 'h' };
}

/** As `42 s left`, wherever English is printed: terminals of agent and coordinator. Pages translate `roughTime()` themselves. Pure. */
export function timeLeft(seconds: number): string {
  const { count, unit } = roughTime(seconds);
  return `${count} ${unit} left`;
}
