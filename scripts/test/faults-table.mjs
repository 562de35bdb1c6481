const COLUMNS = ['fault', 'figure', 'measured', 'at most', 'verdict'];

/** One line per figure, and one per scenario whose invariants did not hold. Results are what test/faults/support/fault-results.ts writes. */
export function faultsTable(results) {
  const cells = [COLUMNS, ...rowsOf(results)];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The same for a document. */
export function faultsMarkdown(results) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(COLUMNS), line(COLUMNS.map(() => '---')), ...rowsOf(results).map(line)].join('\n');
}

function rowsOf(results) {
  return results.flatMap(({ fault, bars, problems }) => [
    ...bars.map(({ name, value, limit, unit, verdict }) => [fault, name, `${figure(value)} ${unit}`, figure(limit), verdict]),
    [
      fault,
      'invariants',
      problems.length === 0 ? 'all hold' : `${problems.length} problems`,
      '0',
      problems.length === 0 ? 'met' : 'violated',
    ],
  ]);
}

/** JSON has no NaN: what could not be measured arrives as null. */
function figure(value) {
  if (value === null) return '–';
  return Number.isInteger(value) || Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}
