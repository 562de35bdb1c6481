const [QUOTE, BACKSLASH] = [0x22, 0x5c];

/**
 * The place of the quote that closes the JSON text that one at `start` opens; the length of all where none does. Found by Node's own
 * search: an image is one text of megabytes.
 */
export function endOfText(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start + 1); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let first = end;
    while (bytes[first - 1] === BACKSLASH) first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
  return bytes.length;
}
