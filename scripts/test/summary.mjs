/**
 * The table of all suites and, as its last line, the plain totals: `12 passed, 0 failed`, with `, 2 skipped` where a test
 * or a whole suite was skipped. Rows are `{ name, passed, failed, skipped, seconds, note, failures }`.
 */
export function formatSummary(rows) {
  const width = Math.max(5, ...rows.map(({ name }) => name.length));
  const header = formatLine(width, ['suite', 'passed', 'failed', 'skipped', 'seconds']);
  const lines = rows.map(({ name, passed, failed, skipped, seconds, note }) =>
    `${formatLine(width, [name, passed, failed, skipped, seconds.toFixed(1)])}${note ? `  ${note}` : ''}`.trimEnd(),
  );
  return ['', header, ...lines, ...formatFailures(addUp(rows)), '', formatTotals(rows)].join('\n');
}

export function formatTotals(rows) {
  const { passed, failed, skipped } = addUp(rows);
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** `{ passed, failed, skipped, failures }` of all rows; each failure begins with the name of its suite. */
export function addUp(rows) {
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  const failures = rows.flatMap(({ name, note, failed, failures = [] }) =>
    [...failures, ...(note && failed > failures.length ? [note] : [])].map((failure) => `${name}: ${failure}`),
  );
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), failures };
}

/** What failed, once more at the end, where one looks first after a long run. */
export function formatFailures({ failures }) {
  return failures.length === 0 ? [] : ['', 'failed:', ...failures.map((failure) => `  ${failure}`)];
}

function formatLine(width, [name, ...figures]) {
  return [String(name).padEnd(width), ...figures.map((figure) => String(figure).padStart(8))].join('');
}
