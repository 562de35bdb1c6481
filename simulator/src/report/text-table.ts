/** Columns padded, so that the table reads as well on a terminal as in a page. The first column is text, the others are figures. */
export function textTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => (row[index] ?? '').length)));
  const pad = (cell: string, width: number, index: number) => (index === 0 ? cell.padEnd(width) : cell.padStart(width));
  const line = (cells: readonly string[]) => `| ${widths.map((width, index) => pad(cells[index] ?? '', width, index)).join(' | ')} |`;
  const rule = `|${widths.map((width, index) => (index === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(columns), rule, ...rows.map(line)].join('\n');
}
