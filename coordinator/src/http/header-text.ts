/** HTTP headers are Latin-1; a name may be in any script, so what does not fit is percent-encoded. */
export function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => encodeURIComponent(character));
}
