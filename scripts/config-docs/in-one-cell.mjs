/** A text as it may stand in a cell of a Markdown table: a pipe would end the cell, an angle bracket would be taken for HTML. */
export function inOneCell(text = '') {
  return text.trim().replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
