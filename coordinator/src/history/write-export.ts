import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type Request, requestSchema } from '@ollama-coordinator/common';
import { csvLine } from './csv-line.js';

export type ExportFormat = 'csv' | 'json';

/** Every field of a request, in the order of the record. */
const COLUMNS = Object.keys(requestSchema.shape) as (keyof Request)[];
const TYPES: Readonly<Record<ExportFormat, string>> = { csv: 'text/csv; charset=utf-8', json: 'application/json; charset=utf-8' };

interface Format {
  readonly head: string;
  readonly tail: string;
  /** One request; `index` from 0. */
  readonly write: (request: Request, index: number) => string;
}

const FORMATS: Readonly<Record<ExportFormat, Format>> = {
  // With the mark that makes spreadsheets read UTF-8.
  csv: { head: `\uFEFF${csvLine(COLUMNS)}`, tail: '', write: (request) => csvLine(COLUMNS.map((column) => request[column])) },
  json: { head: '[', tail: ']\n', write: (request, index) => `${index === 0 ? '' : ',\n'}${JSON.stringify(request)}` },
};

/**
 * Sends the first `most` requests as a file, as they are read: a reader that is slow holds up the reading, one that leaves
 * ends it. Fails as the reading does; by then the answer may have begun.
 */
export async function writeExport(
  response: ServerResponse,
  format: ExportFormat,
  requests: AsyncIterable<Request>,
  most: number,
): Promise<void> {
  const { head, tail, write } = FORMATS[format];
  const begin = () =>
    response.writeHead(200, {
      'content-type': TYPES[format],
      'content-disposition': `attachment; filename="requests.${format}"`,
      'cache-control': 'no-store',
    });
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let index = 0;
  for await (const request of requests) {
    if (gone.signal.aborted) return;
    if (index === 0) begin().write(head);
    if (!response.write(write(request, index))) await once(response, 'drain', { signal: gone.signal }).catch(() => {});
    index += 1;
    if (index >= most) break;
  }
  if (index === 0) begin().write(head);
  response.end(tail);
}
