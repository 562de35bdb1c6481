/** A column: its title, and what stands in it for a row. */
export type Column<Row> = readonly [title: string, cell: (row: Row) => string];

/** Rows under their titles, for a terminal. */
export function showTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
  process.stdout.write(`${alignColumns(cells).join('\n')}\n`);
}

/** A line for each row, its cells below those of the row before. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
