/** Text fields of one form are short; a part that is longer is a file, whatever it says. */
const LONGEST_FIELD_BYTES = 4096;
const HEADER_END = Buffer.from('\r\n\r\n');

/** A text field of a form: where its value stands in the body. */
interface FormField {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The text fields of a `multipart/form-data` body (RFC 7578) by name; of a name that comes twice the first, as Go's FormValue takes
 * it. Files are passed over. Undefined where the content type is no such form, or the body does not hold to its boundary.
 */
export function multipartFields(body: Buffer, contentType: string): Record<string, string> | undefined {
  const found = formFields(body, contentType);
  if (!found) return undefined;
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const { name, start, end } of found) fields[name] ??= body.toString('utf8', start, end);
  return fields;
}

/** Where the value of a text field stands; undefined where there is none, or no form. */
export function findFormField(body: Buffer, contentType: string, name: string): FormField | undefined {
  return formFields(body, contentType)?.find((field) => field.name === name);
}

function formFields(body: Buffer, contentType: string): FormField[] | undefined {
  const [, quoted, plain] = /^multipart\/form-data\b.*?;\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return undefined;
  const fields: FormField[] = [];
  let start = body.indexOf(`--${boundary}`);
  if (start < 0) return undefined;
  for (;;) {
    start += boundary.length + 2;
    if (body.toString('latin1', start, start + 2) === '--') return fields;
    const end = body.indexOf(`\r\n--${boundary}`, start);
    if (end < 0) return undefined;
    const field = readPart(body, start, end);
    if (field) fields.push(field);
    start = end + 2;
  }
}

/** Undefined for a file. */
function readPart(body: Buffer, start: number, end: number): FormField | undefined {
  const headerEnd = body.indexOf(HEADER_END, start);
  if (headerEnd < 0 || headerEnd > end) return undefined;
  const disposition = /^content-disposition:(.*)$/im.exec(body.toString('utf8', start, headerEnd))?.[1] ?? '';
  const name = /;\s*name="([^"]*)"/i.exec(disposition)?.[1];
  const valueStart = headerEnd + HEADER_END.length;
  const isFile = /;\s*filename\*?=/i.test(disposition) || end - valueStart > LONGEST_FIELD_BYTES;
  return name === undefined || isFile ? undefined : { name, start: valueStart, end };
}
