/**
 * The cells of one CSV line, trimmed; `"a, ""b"""` is one cell. Undefined where a quote is not closed: a cell must end on its
 * line. Source: RFC 4180.
 */
export function splitCsvLine(line: string): readonly string[] | undefined {
  if (!line.includes('"')) return line.split(',').map((cell) => cell.trim());
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    const rest = line.slice(at);
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(?=,|$)/.exec(rest);
    if (quoted) cells.push((quoted[1] ?? '').replaceAll('""', '"'));
    else if (/^\s*"/.test(rest)) return undefined;
    else cells.push(rest.slice(0, lengthOfCell(rest)).trim());
    at += quoted ? quoted[0].length : lengthOfCell(rest);
    if (at >= line.length) return cells;
    at += 1;
  }
}

function lengthOfCell(rest: string): number {
  const comma = rest.indexOf(',');
  return comma < 0 ? rest.length : comma;
}
