import { type Exchange, goJson, JSON_TYPE, NDJSON_TYPE } from '../http/exchange.js';

export interface ProgressRecord {
  readonly status?: string;
  readonly error?: string;
  readonly [field: string]: unknown;
}

/** A stream of progress, or its outcome only. An error stands in a 200 stream, and is a 500 without streaming. */
export async function answerProgress(
  exchange: Exchange,
  records: Iterable<ProgressRecord> | AsyncIterable<ProgressRecord>,
  stream: boolean,
): Promise<void> {
  if (stream) exchange.begin(NDJSON_TYPE);
  let last: ProgressRecord = {};
  for await (const one of records) {
    if (exchange.left.aborted) return;
    last = one;
    if (stream) exchange.write(`${goJson(one)}\n`);
  }
  if (stream) exchange.end();
  else if (last.error !== undefined) exchange.send(500, goJson(last), 'application/json');
  else exchange.send(200, goJson(last), JSON_TYPE);
}
