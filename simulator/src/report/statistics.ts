/** The value below which `share` (0 to 1) of the values lie, nearest rank; undefined of none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

export interface Spread {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
}

/** Rounded to a tenth, since a simulated microsecond means nothing. */
export function spreadOf(values: readonly number[]): Spread {
  const at = (share: number) => rounded(percentile(values, share), 1);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

/** Jain's index of fairness: 1 where all have the same, 1 ÷ n where one of n has everything. 1 where nobody has anything. */
export function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares);
}

/** JSON knows no undefined. */
export function rounded(value: number | undefined, digits: number): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Number(value.toFixed(digits));
}
