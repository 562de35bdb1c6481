import type { Run, Target } from './client.js';

/** What a client of another program threw. */
export class ClientError extends Error {
  override readonly name: string;
  readonly status: number | null;
  constructor({ name, message, status }: { name: string; message: string; status: number | null }) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** No outcome at all: silence at both sides is not the same answer from both. */
export class NoAnswer extends Error {}

/** Differs from one call to the next, of one Ollama as well. */
const CHANGING = new Set([
  'created',
  'created_at',
  'completed_at',
  'modified_at',
  'expires_at',
  'id',
  'item_id',
  'request_id',
  'requestID',
  '_request_id',
  'total_duration',
  'load_duration',
  'prompt_eval_duration',
  'eval_duration',
]);
/** Models are listed in the order of their change; those made in one moment come in any. */
const LISTS = new Set(['models', 'data']);

/** What a verb came to at a target, without what differs anyway: its result, or what was thrown. Rejects where nothing came in time. */
export async function outcomeOf(run: Run, target: Target): Promise<unknown> {
  try {
    return { result: settle(JSON.parse(JSON.stringify((await run(target)) ?? null)), target) };
  } catch (failure) {
    if (!(failure instanceof Error) || isSilence(failure)) throw failure;
    const { status, status_code, error } = failure as { status?: number; status_code?: number; error?: unknown };
    const name = failure instanceof ClientError ? failure.name : failure.constructor.name;
    const shown = { name, message: failure.message };
    return { thrown: settle(JSON.parse(JSON.stringify({ ...shown, status: status ?? status_code, error })), target) };
  }
}

function isSilence(failure: Error): boolean {
  return failure instanceof NoAnswer || /time-?out|timed out/i.test(`${failure.name} ${failure.constructor.name} ${failure.message}`);
}

function settle(value: unknown, target: Target, name = ''): unknown {
  if (typeof value === 'string') return settleText(value, target, name);
  if (Array.isArray(value)) {
    const items = value.map((item) => settle(item, target));
    return LISTS.has(name) || isOfModels(value) ? items.sort((one, other) => compare(one, other)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, inner]) => !CHANGING.has(key) || isModelId(key, inner, value));
  return Object.fromEntries(kept.map(([key, inner]) => [key, settle(inner, target, key)]));
}

/** Parameters come in any order; the CLI's and show's texts name folders of that machine. */
function settleText(value: string, { url, folder }: Target, name: string): string {
  const told = value
    .replaceAll(url, '<url>')
    .replaceAll(folder, '<folder>')
    .replaceAll(/\S*\/blobs\//g, '<blobs>/')
    .replaceAll(/\breq_[\w-]+/g, '<request>');
  return name === 'parameters' || name === 'modelfile' ? told.split('\n').sort().join('\n') : told;
}

/** The id of a model in OpenAI's list is its name. */
function isModelId(key: string, value: unknown, of: object): boolean {
  return key === 'id' && typeof value === 'string' && (of as { object?: unknown }).object === 'model';
}

function isOfModels(items: readonly unknown[]): boolean {
  return items.length > 0 && items.every((item) => (item as { object?: unknown } | null)?.object === 'model');
}

function compare(one: unknown, other: unknown): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}
