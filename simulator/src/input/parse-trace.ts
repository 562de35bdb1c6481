import { normalizeModelName, TRACE_COLUMNS } from '@ollama-coordinator/common';
import { InputError, type InputPlace } from './input-error.js';
import { parseTimestamp } from './parse-timestamp.js';
import { splitCsvLine } from './split-csv-line.js';
import type { Trace, TraceRequest } from './trace.js';

/** Callers of a trace that names none. */
const DEFAULT_CALLERS = 8;
const MOST_TOKENS = 10_000_000;
const MOST_MS = 1e13;
/** Simulated time between two requests costs heartbeats. */
const MOST_DAYS = 31;
const DAY_MS = 86_400_000;

type Cells = ReadonlyMap<string, string>;
type ReadRow = (cells: Cells, place: Omit<InputPlace, 'field'>, index: number) => TraceRequest;

interface Format {
  readonly required: readonly string[];
  /** Its column of times, as messages call it. */
  readonly time: string;
  readonly read: ReadRow;
}

/** The Azure LLM inference traces, 2023 and 2024; then our own. Names of columns are compared without regard to case. */
const FORMATS: readonly Format[] = [
  { required: ['timestamp', 'contexttokens', 'generatedtokens'], time: 'TIMESTAMP', read: readAzureRow },
  { required: ['at_ms', 'model', 'input_tokens', 'output_tokens'], time: 'at_ms', read: readOwnRow },
];

/**
 * Reads a trace. `file` stands in messages and becomes its name. The first line names the columns, in any order; unknown
 * ones are passed over, and so are empty lines. Rows may come in any order and are sorted by time; the first is at 0.
 * Throws InputError.
 */
export function parseTrace(text: string, file: string): Trace {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const headerIndex = lines.findIndex((line) => line.trim() !== '');
  if (headerIndex < 0) throw new InputError({ file, line: 1 }, 'the file is empty; it should begin with the names of its columns');
  const { columns, format } = readHeader(lines[headerIndex] ?? '', { file, line: headerIndex + 1 });
  const requests: TraceRequest[] = [];
  for (let index = headerIndex + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line.trim() === '') continue;
    const place = { file, line: index + 1 };
    requests.push(format.read(readCells(line, columns, place), place, requests.length));
  }
  if (requests.length === 0) throw new InputError({ file, line: headerIndex + 1 }, 'there is no request below the names of the columns');
  const sorted = requests.toSorted((one, other) => one.atMs - other.atMs);
  const startMs = sorted[0]?.atMs ?? 0;
  const late = sorted.find(({ atMs }) => atMs - startMs > MOST_DAYS * DAY_MS);
  if (late) {
    const days = Math.round((late.atMs - startMs) / DAY_MS);
    throw new InputError(
      { file, line: late.line, field: format.time },
      `this is ${days} days after the first; a trace spans at most ${MOST_DAYS}`,
    );
  }
  return { name: file, requests: sorted.map((request) => ({ ...request, atMs: request.atMs - startMs })) };
}

function readHeader(line: string, place: InputPlace): { columns: readonly string[]; format: Format } {
  const columns = (splitCsvLine(line) ?? []).map((cell) => cell.toLowerCase());
  const missing = FORMATS.map(({ required }) => required.filter((name) => !columns.includes(name)));
  const index = missing.findIndex((names) => names.length === 0);
  const format = FORMATS[index];
  const twice = columns.find((name, at) => name !== '' && columns.indexOf(name) !== at);
  if (format && twice !== undefined) throw new InputError({ ...place, field: twice }, 'this column is named twice');
  if (format) return { columns, format };
  const wanted = `the first line must name the columns TIMESTAMP,ContextTokens,GeneratedTokens or ${TRACE_COLUMNS.join(',')}`;
  const [azure = [], own = []] = missing;
  const nearest = azure.length < own.length - 1 ? azure : own;
  throw new InputError({ ...place, field: nearest[0] }, `this column is missing; ${wanted}`);
}

function readCells(line: string, columns: readonly string[], place: InputPlace): Cells {
  const cells = splitCsvLine(line);
  if (!cells) throw new InputError(place, 'a quotation mark is opened and not closed');
  if (cells.length !== columns.length) {
    const field = columns[cells.length];
    const reason = `the line has ${cells.length} cells, and the first line names ${columns.length} columns`;
    throw new InputError({ ...place, ...(field === undefined ? {} : { field }) }, reason);
  }
  return new Map(columns.map((column, index) => [column, cells[index] ?? '']));
}

function readAzureRow(cells: Cells, place: Omit<InputPlace, 'field'>, index: number): TraceRequest {
  const text = cells.get('timestamp') ?? '';
  const atMs = parseTimestamp(text);
  if (atMs === undefined) {
    throw new InputError({ ...place, field: 'TIMESTAMP' }, `"${text}" is no time; write it as 2023-11-16 18:15:46.6805900`);
  }
  return {
    atMs,
    model: undefined,
    numCtx: undefined,
    caller: `caller-${(index % DEFAULT_CALLERS) + 1}`,
    session: undefined,
    inputTokens: readWhole(cells, 'contexttokens', { ...place, field: 'ContextTokens' }),
    outputTokens: readWhole(cells, 'generatedtokens', { ...place, field: 'GeneratedTokens' }),
    line: place.line,
  };
}

function readOwnRow(cells: Cells, place: Omit<InputPlace, 'field'>, index: number): TraceRequest {
  const model = cells.get('model') ?? '';
  if (model === '') throw new InputError({ ...place, field: 'model' }, 'the cell is empty; name a model of the fleet');
  const numCtx = cells.get('num_ctx') ?? '';
  const session = cells.get('session') ?? '';
  return {
    atMs: readNumber(cells, 'at_ms', { ...place, field: 'at_ms' }, MOST_MS),
    model: normalizeModelName(model),
    numCtx: numCtx === '' ? undefined : atLeastOne(readWhole(cells, 'num_ctx', { ...place, field: 'num_ctx' }), place),
    caller: cells.get('caller') || `caller-${(index % DEFAULT_CALLERS) + 1}`,
    session: session === '' ? undefined : session,
    inputTokens: readWhole(cells, 'input_tokens', { ...place, field: 'input_tokens' }),
    outputTokens: readWhole(cells, 'output_tokens', { ...place, field: 'output_tokens' }),
    line: place.line,
  };
}

function atLeastOne(value: number, place: InputPlace): number {
  if (value < 1) throw new InputError({ ...place, field: 'num_ctx' }, 'must be at least 1, or empty');
  return value;
}

function readWhole(cells: Cells, column: string, place: InputPlace): number {
  const value = readNumber(cells, column, place, MOST_TOKENS);
  if (!Number.isInteger(value)) throw new InputError(place, `"${cells.get(column)}" is not a whole number`);
  return value;
}

function readNumber(cells: Cells, column: string, place: InputPlace, most: number): number {
  const text = cells.get(column) ?? '';
  const value = Number(text);
  if (text === '') throw new InputError(place, 'the cell is empty; a number is needed');
  if (!Number.isFinite(value) || !/^[-+.\deE]+$/.test(text)) throw new InputError(place, `"${text}" is not a number`);
  if (value < 0) throw new InputError(place, `${text} is below 0`);
  if (value > most) throw new InputError(place, `${text} is more than ${most}`);
  return value;
}
