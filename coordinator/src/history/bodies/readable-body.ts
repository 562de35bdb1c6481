/** JSON beyond this is not parsed to be kept. */
const PARSED_BYTES = 1_048_576;
/** A text this long without a blank is no text but an image or a recording in base64. */
const BINARY_LENGTH = 1024;
/** Texts are redacted this much further than they are kept, so that what is cut in two is still found. */
export const OVERLAP = 4096;

/**
 * What of a body can be redacted: parsed, with recordings and images left out, and no more text than `most` characters and the
 * overlap. A sentence in brackets where it is no JSON, or too much of it.
 */
export function readableBody(body: Buffer, contentType: string, most: number): unknown {
  if (body.length === 0) return '';
  if (/^multipart\//.test(contentType)) return `[${contentType.split(';', 1)[0]}, ${body.length} bytes]`;
  if (body.length > PARSED_BYTES) return `[${body.length} bytes: too long to be kept]`;
  try {
    return shortened(JSON.parse(body.toString('utf8')), { left: most + OVERLAP });
  } catch {
    return `[${body.length} bytes that are no JSON]`;
  }
}

function shortened(value: unknown, budget: { left: number }): unknown {
  if (typeof value === 'string') {
    if (value.length >= BINARY_LENGTH && !/\s/.test(value)) return `[${value.length} characters without a blank]`;
    const kept = value.slice(0, Math.max(0, budget.left));
    budget.left -= kept.length;
    return kept;
  }
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      if (budget.left <= 0) break;
      budget.left -= 1;
      items.push(shortened(item, budget));
    }
    return items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shortened(field, budget)]));
}
