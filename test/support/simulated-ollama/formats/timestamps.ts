let stamps = 0;

/** A wall time as Go writes it, with nanoseconds; the digits below the millisecond only count up. */
export function goTime(wallMs: number): string {
  stamps = (stamps + 1) % 999_999;
  return new Date(wallMs).toISOString().replace('Z', `${String(stamps).padStart(6, '0')}Z`);
}

export const nanoseconds = (ms: number): number => Math.max(1, Math.round(ms * 1e6));
