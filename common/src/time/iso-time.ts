/**
 * Writes moments as `Date.toISOString()` does. Two that lie in the same second share all but the milliseconds, which are
 * then all the work; records of a busy server are such moments.
 */
export function createIsoTime(): (wallMs: number) => string {
  let second = Number.NaN;
  let prefix = '';
  return (wallMs) => {
    const whole = Math.floor(wallMs / 1000);
    if (whole !== second) {
      second = whole;
      prefix = new Date(whole * 1000).toISOString().slice(0, -'000Z'.length);
    }
    const milliseconds = Math.floor(wallMs) - whole * 1000;
    return `${prefix}${milliseconds < 10 ? '00' : milliseconds < 100 ? '0' : ''}${milliseconds}Z`;
  };
}
