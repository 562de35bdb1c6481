import { appendFileSync } from 'node:fs';
import { ROWS, type RowName } from './rows.js';

/** Notes what was seen of one try: a status, a close code, a figure. */
export type Seen = (refusal: string | number, count?: number) => void;

/** What one file came to. One line of JSON each in the file that ATTACKS_RESULTS_FILE names, read by scripts/test/run-reported-suite.mjs. */
export interface AttackResult {
  readonly row: RowName;
  readonly part: string;
  readonly seen: Readonly<Record<string, number>>;
  readonly failed: number;
}

/** A part of one row: its tests, and what they saw, printed when they have ended. */
export function describeAttack(row: RowName, part: string, define: (this: Mocha.Suite, seen: Seen) => void): void {
  describe(`${ROWS[row][0]}: ${part}`, function () {
    this.timeout(60_000);
    const seen = new Map<string, number>();
    let failed = 0;
    afterEach(function () {
      if (this.currentTest?.state === 'failed') failed += 1;
    });
    define.call(this, (refusal, count = 1) => void seen.set(String(refusal), (seen.get(String(refusal)) ?? 0) + count));
    after(() => report({ row, part, seen: Object.fromEntries(seen), failed }));
  });
}

function report(result: AttackResult): void {
  const { row, part, seen } = result;
  const words = Object.entries(seen).map(([refusal, count]) => (count === 1 ? refusal : `${refusal} × ${count}`));
  console.log(`      seen: ${words.join(', ') || 'nothing'}; asked: ${ROWS[row][1]} (${part})`);
  const path = process.env.ATTACKS_RESULTS_FILE;
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(result)}\n`);
}
