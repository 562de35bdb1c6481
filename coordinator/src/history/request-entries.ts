import { type Attempt, attemptSchema, normalizeModelName, type Request, requestSchema } from '@ollama-coordinator/common';
import { fieldOf } from '@ollama-coordinator/common/redis';

/** The field that an attempt's entry begins with, and no request's has. */
export const ATTEMPT_FIELD = 'attempt';

/** The record (`json`), and beside it what a search filters by, so that it parses only what it returns. */
export function requestToFields(request: Request, json = JSON.stringify(request)): string[] {
  return [
    'status',
    request.status,
    'model',
    normalizeModelName(request.model),
    'agent',
    request.agent_id ?? '',
    'name',
    request.agent_name ?? '',
    'caller',
    request.caller,
    'id',
    request.id,
    'data',
    json,
  ];
}

/** `attempt` marks the entry; without a status no search for requests finds it. */
export function attemptToFields(attempt: Attempt): string[] {
  return [ATTEMPT_FIELD, String(attempt.attempt), 'id', attempt.request_id, 'data', JSON.stringify(attempt)];
}

/** Undefined for an entry that cannot be read. */
export function requestFromFields(fields: readonly string[]): Request | undefined {
  return parseData(fields, (value) => requestSchema.safeParse(value));
}

/** The attempt of a stream entry: undefined for an entry of another kind, and for one that cannot be read. */
export function attemptFromFields(fields: readonly string[]): Attempt | undefined {
  return isAttempt(fields) ? parseData(fields, (value) => attemptSchema.safeParse(value)) : undefined;
}

export function isAttempt(fields: readonly string[]): boolean {
  return fields[0] === ATTEMPT_FIELD;
}

function parseData<T>(fields: readonly string[], parse: (value: unknown) => { success: boolean; data?: T }): T | undefined {
  try {
    const parsed = parse(JSON.parse(fieldOf(fields, 'data') ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
