/** The anchor of a heading as the repository's own pages on the web have it, so that one link leads to the same place there and here. */
export function headingAnchor(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
