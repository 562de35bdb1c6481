/** A column: its title, and what stands in it for a row. */
export type Column<Row> = readonly [title: string, cell: (row: Row) => string];

/** Rows under their titles, for a terminal. */
export function showTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}
