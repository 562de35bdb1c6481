/**
 * The table of all suites and, as its last line, the plain totals: `12 passed, 0 failed`, with `, 2 skipped` where a test
 * or a whole suite was skipped. Rows are `{ name, passed, failed, skipped, seconds, note }`.
 */
export function formatSummary(rows) {
  const width = Math.max(5, ...rows.map(({ name }) => name.length));
  const header = formatLine(width, ['suite', 'passed', 'failed', 'skipped', 'seconds']);
  const lines = rows.map(({ name, passed, failed, skipped, seconds, note }) =>
    `${formatLine(width, [name, passed, failed, skipped, seconds.toFixed(1)])}${note ? `  ${note}` : ''}`.trimEnd(),
  );
  return ['', header, ...lines, '', formatTotals(rows)].join('\n');
}

export function formatTotals(rows) {
  const { passed, failed, skipped } = addUp(rows);
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

export function addUp(rows) {
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

function formatLine(width, [name, ...figures]) {
  return [String(name).padEnd(width), ...figures.map((figure) => String(figure).padStart(8))].join('');
}
