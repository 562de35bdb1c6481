/** Fields whose values are another run's: times, ids, digests, sizes. Their type is compared, and the shape of times and ids. */
const FREE_FIELDS =
  /^(created_at|modified_at|expires_at|created|completed_at|id|request_id|digest|size|size_vram|context|.*_duration|parameter_size|embeddings?|recommendations)$/;

/** A body brought into the form in which two runs are alike: records of a stream, or the parts before the record was cut. */
export function comparable(body: string, contentType: string | undefined): unknown {
  if (body.startsWith('data: ') || body.startsWith('event: ')) {
    return body.split('\n').map((line) => (line.startsWith('data: {') ? { data: shapeOf(JSON.parse(line.slice(6))) } : line));
  }
  if (contentType?.includes('json') !== true) return body;
  return {
    endsInNewline: body.endsWith('\n'),
    records: body
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '' : shapeOf(JSON.parse(line)))),
  };
}

function shapeOf(value: unknown, field = ''): unknown {
  if (FREE_FIELDS.test(field)) return freeShape(value);
  if (Array.isArray(value)) return value.map((item) => shapeOf(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shapeOf(item, name)]));
}

function freeShape(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value !== 'string') return value === null ? 'null' : typeof value;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)) return value.startsWith('2319') ? 'time, year 2319' : 'time';
  if (value.startsWith('req_')) return 'request id';
  return `text ${value.replace(/[0-9a-f]{24,64}/g, 'HEX').replace(/\d+/g, 'N')}`;
}

/**
 * The names and kinds of the values of a cut JSON body, in their order, as far as they were recorded: what can be compared
 * with the beginning of a whole one.
 */
export function keysInOrder(body: string): string[] {
  return [...body.matchAll(/"(\w+)":/g)].map(([, name = '']) => name);
}
