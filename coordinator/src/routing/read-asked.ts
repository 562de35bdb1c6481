import { AppError, isModelName, replaceJsonValue } from '@ollama-coordinator/common';
import type { RequestContext } from '../http/request-context.js';
import type { InferenceRoute } from '../http/routes.js';
import { demandPlainFields, demandSingleFields } from './demand-plain-fields.js';
import { findFormField, multipartFields } from './multipart-fields.js';
import { parseJsonBody } from './parse-json-body.js';
import { unknownModel } from './unknown-model.js';

/** What a client asked for: its body, and what of it routing reads. */
export interface Asked {
  readonly body: Buffer;
  readonly contentType: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The model as the body has it. */
  readonly model: string;
  /** What was decided about the request already, for people: which model an alias stands for, which option was raised. */
  readonly notes: readonly string[];
}

const NO_NOTES: readonly string[] = [];

/** Reads the body as far as routing needs it. Throws BAD_REQUEST or UNKNOWN_MODEL with Ollama's own wording. */
export function readAsked({ req: { headers } }: RequestContext, route: InferenceRoute, body: Buffer): Asked {
  const contentType = headers['content-type'] ?? '';
  const fields = route.operation === 'transcribe' ? formFields(body, contentType) : parseJsonBody(body, route.shape);
  demandPlainFields(fields);
  if (route.operation !== 'transcribe') demandSingleFields(body, fields);
  return { body, contentType, fields, model: readModel(fields, route), notes: NO_NOTES };
}

/** The same for another model; of the body only its name changes. */
export function askFor(asked: Asked, model: string, note: string): Asked {
  const notes = [...asked.notes, note];
  if (model === asked.model) return { ...asked, notes };
  const field = findFormField(asked.body, asked.contentType, 'model');
  const body = field
    ? Buffer.concat([asked.body.subarray(0, field.start), Buffer.from(model), asked.body.subarray(field.end)])
    : replaceJsonValue(asked.body, ['model'], JSON.stringify(model));
  return { ...asked, body, model, fields: { ...asked.fields, model }, notes };
}

function formFields(body: Buffer, contentType: string): Record<string, string> {
  const fields = multipartFields(body, contentType);
  if (fields) return fields;
  throw badRequest("failed to parse multipart form: request Content-Type isn't multipart/form-data");
}

function readModel(fields: Readonly<Record<string, unknown>>, route: InferenceRoute): string {
  const value = fields.model;
  const { missing, needs, goType } = route.modelErrors;
  if (needs && isEmpty(fields[needs.field])) throw badRequest(needs.message);
  if (value === undefined || value === null || value === '')
    throw missing.status === 404 ? unknownModel('', route) : badRequest(missing.message);
  if (typeof value !== 'string')
    throw badRequest(`json: cannot unmarshal ${goKind(value)} into Go struct field ${goType}.model of type string`);
  if (isModelName(value)) return value;
  throw route.operation === 'embed' ? unknownModel(value, route) : badRequest('invalid model name');
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || ((typeof value === 'string' || Array.isArray(value)) && value.length === 0);
}

function badRequest(reason: string): AppError {
  return new AppError('BAD_REQUEST', { details: { reason } });
}

/** The name by which Go's encoding/json calls a JSON value. */
function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
