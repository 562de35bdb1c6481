import { appendFileSync } from 'node:fs';
import { type Bar, formatFigure, judge } from '../../bench/support/bars.js';

/** What one scenario came to. One line of JSON each in the file that FAULTS_RESULTS_FILE names, read by scripts/test/run-reported-suite.mjs. */
export interface FaultResult {
  readonly fault: string;
  readonly bars: readonly (Bar & { readonly verdict: string; readonly line: string })[];
  readonly problems: readonly string[];
}

/** Prints a scenario's figures beside their bars and keeps them for the table. */
export function reportFault(fault: string, bars: readonly Bar[], problems: readonly string[]): void {
  const judged = bars.map((bar) => ({ ...bar, verdict: judge(bar), line: describe(bar) }));
  for (const { verdict, line } of judged) console.log(`      ${verdict}: ${line}`);
  const path = process.env.FAULTS_RESULTS_FILE;
  const result: FaultResult = { fault, bars: judged, problems };
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(result)}\n`);
}

function describe({ name, value, limit, unit, note }: Bar): string {
  const remark = note === undefined ? '' : ` (${note})`;
  return `${name}: ${formatFigure(value)} ${unit}, at most ${formatFigure(limit)}${remark}`;
}
