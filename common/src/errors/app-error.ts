import { ERRORS, type ErrorCode } from './codes.js';

export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>;

export interface AppErrorOptions {
  /** Values for the `{name}` places of the sentence; also logged as fields. */
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
  /** Seconds after which trying again makes sense; becomes the Retry-After header. */
  readonly retryAfterS?: number;
}

/** A failure with a code from the error table: status, retryable or not and the sentence follow from it. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly details: ErrorDetails;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, { details = {}, cause, retryAfterS }: AppErrorOptions = {}) {
    const entry = ERRORS[code];
    super(fillSentence(entry.message, details), cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = entry.status;
    this.retryable = entry.retryable;
    this.details = details;
    this.retryAfterS = retryAfterS;
  }
}

function fillSentence(sentence: string, details: ErrorDetails): string {
  return sentence.replace(/\{(\w+)\}/g, (place, name: string) => String(details[name] ?? place));
}

/** What a foreign failure says of itself, on one line: a system error's code where it has one. */
export function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { message } = cause;
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (message === '') return code || cause.name;
  return message.includes(code) ? message : `${code}: ${message}`;
}
