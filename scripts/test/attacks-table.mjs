const COLUMNS = ['attack', 'asked', 'seen', 'verdict'];
const WIDTHS = [52, 44, 60, 8];

/**
 * The rows of the specification, each with the refusals seen in all of its parts. `rows` is name → [attack, refusal]; results are what
 * test/attacks/support/describe-attack.ts writes. A row that nobody reported is one that was not tried.
 */
export function attacksTable(rows, results) {
  const lines = Object.entries(rows).map(([name, [attack, asked]]) => {
    const parts = results.filter(({ row }) => row === name);
    const failed = parts.some((part) => part.failed > 0);
    const seen = countSeen(parts).join(', ') || 'not tried in this run';
    return [attack, asked, seen, failed ? 'FAILED' : parts.length > 0 ? 'held' : '–'];
  });
  return [COLUMNS, ...lines].map(formatRow).join('\n');
}

function countSeen(parts) {
  const counts = new Map();
  for (const { seen } of parts)
    for (const [refusal, count] of Object.entries(seen)) counts.set(refusal, (counts.get(refusal) ?? 0) + count);
  return [...counts].map(([refusal, count]) => (count === 1 ? refusal : `${refusal} × ${count}`));
}

/** Cells that are too long go on below. */
function formatRow(cells) {
  const columns = cells.map((cell, column) => wrap(cell, WIDTHS[column]));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    columns
      .map((lines, column) => (lines[line] ?? '').padEnd(WIDTHS[column]))
      .join('  ')
      .trimEnd(),
  ).join('\n');
}

function wrap(text, width) {
  const lines = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
