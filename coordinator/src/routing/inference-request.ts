import type { IncomingHttpHeaders } from 'node:http';
import { AppError, isModelName, normalizeModelName, runnerSignature } from '@ollama-coordinator/common';
import type { RequestFacts } from '@ollama-coordinator/common/balancing';
import type { Expectations } from '../balancing/learned/expectations.js';
import { PRIOR_EXPECTATIONS } from '../balancing/learned/prior-expectations.js';
import { demandModel } from '../credentials/permissions.js';
import { canHandOver } from '../forwarding/hand-over/can-hand-over.js';
import { type StreamShape, streamShape } from '../forwarding/hand-over/stream-shape.js';
import type { RequestContext } from '../http/request-context.js';
import type { InferenceRoute } from '../http/routes.js';
import type { Among } from './among.js';
import { type LoadCall, readLoadCall } from './load-call.js';
import { multipartFields } from './multipart-fields.js';
import { parseJsonBody } from './parse-json-body.js';
import { promptPrefix } from './prompt-prefix.js';
import { unknownModel } from './unknown-model.js';

/** What an inference request asks for: the facts that routing needs, and the body as it came. */
export interface InferenceRequest {
  readonly route: InferenceRoute;
  readonly facts: RequestFacts;
  /** The model as the caller wrote it. */
  readonly model: string;
  readonly stream: boolean;
  readonly body: Buffer;
  /** The shape of a stream that another agent can continue, should its own go away; undefined where none can. */
  readonly continuable: StreamShape | undefined;
  /** Whether the model may call tools. Ollama is silent while it reads a call. */
  readonly usesTools: boolean;
  /** Most tokens that the answer may have, where the caller says so. */
  readonly outputLimit: number | undefined;
  /** Agent id, name or `label=value` that the caller insists on. */
  readonly pin: string | undefined;
  /** Narrows the agents further; see createRouting. */
  readonly among?: Among;
  /** Set where nothing is to be answered but a model loaded or unloaded. */
  readonly loadCall: LoadCall | undefined;
}

/** What facts are made with. */
export interface FactSources {
  readonly expectations?: Pick<Expectations, 'promptTokens' | 'outputTokens'>;
  /** Whether a balancer looks at the prompt's beginning. */
  readonly needsPrefix?: boolean;
}

/** Reads the body as far as routing needs it. Throws BAD_REQUEST or UNKNOWN_MODEL with Ollama's own wording, and FORBIDDEN_MODEL. */
export function readInferenceRequest(
  context: RequestContext,
  route: InferenceRoute,
  body: Buffer,
  { expectations = PRIOR_EXPECTATIONS, needsPrefix = false }: FactSources = {},
): InferenceRequest {
  const fields = readFields(context, route, body);
  const model = readModel(fields, route);
  demandModel(context.caller, model);
  const options = typeof fields.options === 'object' && fields.options !== null ? (fields.options as Record<string, unknown>) : {};
  const { headers } = context.req;
  const session = headerOf(headers, 'x-coordinator-session');
  const name = normalizeModelName(model);
  const outputLimit = readOutputLimit(fields, options);
  const promptTokens = expectations.promptTokens(name, body.length);
  const stream = typeof fields.stream === 'boolean' ? fields.stream : route.streamsByDefault;
  return {
    route,
    model,
    stream,
    body,
    continuable: stream && headerOf(headers, 'x-coordinator-handover') !== 'off' ? continuableShape(route, fields, body) : undefined,
    usesTools: Array.isArray(fields.tools) && fields.tools.length > 0,
    outputLimit,
    pin: headerOf(headers, 'x-coordinator-pin'),
    loadCall: readLoadCall(route, fields),
    facts: {
      id: context.id,
      attempt: 1,
      model: name,
      signature: runnerSignature(model, options),
      operation: route.operation,
      caller: context.caller.id,
      ...(session === undefined ? {} : { session }),
      priority: headerOf(headers, 'x-coordinator-priority') === 'batch' ? 'batch' : 'interactive',
      bodyBytes: body.length,
      promptTokens,
      outputTokens: expectations.outputTokens(name, context.caller.id, outputLimit),
      ...(needsPrefix ? prefixFacts(body, promptTokens.mean) : { prefix: [] }),
    },
  };
}

/** What routing reads of a body: a JSON object, or the text fields of the one form that Ollama takes. */
function readFields({ req: { headers } }: RequestContext, { operation, shape }: InferenceRoute, body: Buffer): Record<string, unknown> {
  if (operation !== 'transcribe') return parseJsonBody(body, shape);
  const fields = multipartFields(body, headers['content-type'] ?? '');
  if (fields) return fields;
  throw badRequest("failed to parse multipart form: request Content-Type isn't multipart/form-data");
}

function prefixFacts(body: Buffer, promptTokens: number): Pick<RequestFacts, 'prefix' | 'prefixTokens'> {
  const { hashes, endBytes } = promptPrefix(body);
  return { prefix: hashes, prefixTokens: endBytes.map((end) => (promptTokens * end) / body.length) };
}

/** The names under which the APIs have it; below 1 means no limit. */
function readOutputLimit(fields: Record<string, unknown>, options: Record<string, unknown>): number | undefined {
  const limit = options.num_predict ?? fields.max_tokens ?? fields.max_completion_tokens ?? fields.max_output_tokens;
  return typeof limit === 'number' && Number.isInteger(limit) && limit > 0 ? limit : undefined;
}

/** A longer prompt is no text that a person wrote; it is not worth a second pass. */
const CONTINUABLE_BYTES = 4_194_304;

function continuableShape(route: InferenceRoute, fields: Record<string, unknown>, body: Buffer): StreamShape | undefined {
  const shape = streamShape(route.path);
  return shape !== undefined && body.length <= CONTINUABLE_BYTES && canHandOver(shape, fields) ? shape : undefined;
}

function readModel({ model: value, ...fields }: Record<string, unknown>, route: InferenceRoute): string {
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

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
