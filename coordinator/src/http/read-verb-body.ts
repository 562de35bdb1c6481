import { AppError, type GoType, goTypeError } from '@ollama-coordinator/common';
import { demandPlainFields } from '../routing/demand-plain-fields.js';
import { parseJsonBody } from '../routing/parse-json-body.js';
import { readBody } from './read-body.js';
import type { RequestContext } from './request-context.js';

/** Go's name of a request type, and the fields that are looked at. */
export interface VerbBodyShape {
  readonly struct: string;
  readonly fields: Readonly<Record<string, GoType>>;
}

export interface VerbBody {
  /** As they were sent, to be passed on. */
  readonly bytes: Buffer;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The body of a verb. Throws BAD_REQUEST in Ollama's words, BODY_TOO_LARGE, or ClientLeft. */
export async function readVerbBody(
  { req, shape }: RequestContext,
  limitBytes: number,
  { struct, fields }: VerbBodyShape,
): Promise<VerbBody> {
  const bytes = await readBody(req, limitBytes);
  const body = parseJsonBody(bytes, shape);
  demandPlainFields(body);
  const reason = goTypeError(body, struct, fields);
  if (reason !== undefined) throw new AppError('BAD_REQUEST', { details: { reason } });
  return { bytes, fields: body };
}

/** A text field; empty where it is absent. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
