/**
 * The figures of docs/benchmarks.md: `figure('bench:latency', /^dispatch.*p50$/, 'measured')` is what stands in that column of the first row of that
 * section whose name matches; `section` narrows to a heading below. Throws where there is none, so that no document keeps a figure that is
 * measured no more.
 */
export function readBenchmarks(text) {
  const sections = new Map(text.split(/^## `npm run /m).map((section) => [section.slice(0, section.indexOf('`')), section]));

  function cell(name, row, column, heading = '') {
    const section = sections.get(name) ?? '';
    const part = section.split(/^### /m).find((one) => one.startsWith(heading) || heading === '') ?? '';
    for (const table of part.split(/\n\s*\n/).filter((block) => block.startsWith('|'))) {
      const [head, , ...rows] = table.trim().split('\n').map(cells);
      const found = rows.find(([label]) => row.test(label));
      if (found !== undefined && head.includes(column)) return found[head.indexOf(column)];
    }
    throw new Error(`docs/benchmarks.md has no ${column} of ${row} in ${[name, heading].filter(Boolean).join(', ')}.`);
  }

  function figure(...where) {
    const value = Number(cell(...where).replace(/^of /, ''));
    if (Number.isNaN(value)) throw new Error(`docs/benchmarks.md has "${cell(...where)}" where a figure is wanted.`);
    return value;
  }

  return { figure };
}

function cells(line) {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}
