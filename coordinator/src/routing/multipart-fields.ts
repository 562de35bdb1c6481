/** Text fields of one form are short; a part that is longer is a file, whatever it says. */
const LONGEST_FIELD_BYTES = 4096;
const HEADER_END = Buffer.from('\r\n\r\n');

/**
 * The text fields of a `multipart/form-data` body (RFC 7578) by name; of a name that comes twice the first, as Go's FormValue takes
 * it. Files are passed over. Undefined where the content type is no such form, or the body does not hold to its boundary.
 */
export function multipartFields(body: Buffer, contentType: string): Record<string, string> | undefined {
  const boundary = /^multipart\/form-data\b.*?;\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType);
  const name = boundary?.[1] ?? boundary?.[2];
  if (name === undefined) return undefined;
  const delimiter = Buffer.from(`--${name}`);
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  let start = body.indexOf(delimiter);
  if (start < 0) return undefined;
  for (;;) {
    start += delimiter.length;
    if (body.subarray(start, start + 2).toString('latin1') === '--') return fields;
    const end = body.indexOf(`\r\n--${name}`, start, 'latin1');
    if (end < 0) return undefined;
    readPart(body.subarray(start, end), fields);
    start = end + 2;
  }
}

function readPart(part: Buffer, fields: Record<string, string>): void {
  const headerEnd = part.indexOf(HEADER_END);
  if (headerEnd < 0) return;
  const disposition = /^content-disposition:(.*)$/im.exec(part.subarray(0, headerEnd).toString('utf8'))?.[1] ?? '';
  const name = /;\s*name="([^"]*)"/i.exec(disposition)?.[1];
  const value = part.subarray(headerEnd + HEADER_END.length);
  if (name === undefined || /;\s*filename\*?=/i.test(disposition) || value.length > LONGEST_FIELD_BYTES) return;
  fields[name] ??= value.toString('utf8');
}
