const NEWLINE = 0x0a;

/**
 * How many of the chunk's first bytes end in a whole record, 0 where none ends in it. `before` is what stands directly in
 * front of the chunk and was not passed on: a separator may be cut in two.
 */
export function lengthOfWholeRecords(chunk: Buffer, separator: '\n' | '\n\n', before: Buffer | undefined): number {
  const last = chunk.length - 1;
  if (chunk[last] === NEWLINE && (separator === '\n' || chunk[last - 1] === NEWLINE)) return chunk.length;
  const found = chunk.lastIndexOf(separator);
  if (found >= 0) return found + separator.length;
  const isCut = separator === '\n\n' && chunk[0] === NEWLINE && before?.at(-1) === NEWLINE;
  return isCut ? 1 : 0;
}
