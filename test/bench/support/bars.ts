/** A figure that must not lie above its limit. */
export interface Bar {
  readonly name: string;
  /** NaN: could not be measured, `note` says why. */
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
  readonly note?: string;
}

/** A miss by this factor fails the run; a smaller one is printed, since machines differ. */
const FAILING_FACTOR = 5;

export type Verdict = 'met' | 'missed' | 'missed by 5 ×' | 'not measured';

export function judge({ value, limit }: Pick<Bar, 'value' | 'limit'>): Verdict {
  if (Number.isNaN(value)) return 'not measured';
  if (value <= limit) return 'met';
  return value > limit * FAILING_FACTOR ? 'missed by 5 ×' : 'missed';
}

export function anyFails(bars: readonly Bar[]): boolean {
  return bars.some((bar) => judge(bar) === 'missed by 5 ×');
}

/** The bars as rows for markdownTable(). */
export function barRows(bars: readonly Bar[]): readonly (readonly string[])[] {
  return bars.map((bar) => [
    bar.note === undefined ? bar.name : `${bar.name} (${bar.note})`,
    formatFigure(bar.value),
    formatFigure(bar.limit),
    bar.unit,
    judge(bar),
  ]);
}

export const BAR_COLUMNS = ['bar', 'measured', 'at most', 'unit', 'verdict'];

/** Three significant digits where they matter, whole numbers from 100 on, a dash for what was not measured. */
export function formatFigure(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}
