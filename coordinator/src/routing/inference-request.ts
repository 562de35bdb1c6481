import type { IncomingHttpHeaders } from 'node:http';
import { normalizeModelName, runnerSignature } from '@ollama-coordinator/common';
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
import { NO_PREFIX, promptPrefix } from './prompt-prefix.js';
import type { Asked } from './read-asked.js';

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
  /** Whom it goes to as long as nobody failed it. */
  readonly preferred?: Among;
  /** See Asked. */
  readonly notes: readonly string[];
  /** Set where nothing is to be answered but a model loaded or unloaded. */
  readonly loadCall: LoadCall | undefined;
}

/** What facts are made with. */
export interface FactSources {
  readonly expectations?: Pick<Expectations, 'promptTokens' | 'outputTokens'>;
  /** Whether a balancer looks at the prompt's beginning. */
  readonly needsPrefix?: boolean;
}

/** What a request is for routing. Throws FORBIDDEN_MODEL. */
export function toInferenceRequest(
  context: RequestContext,
  route: InferenceRoute,
  { body, fields, model, notes }: Asked,
  { expectations = PRIOR_EXPECTATIONS, needsPrefix = false }: FactSources = {},
): InferenceRequest {
  demandModel(context.caller, model);
  const options = typeof fields.options === 'object' && fields.options !== null ? (fields.options as Record<string, unknown>) : {};
  const { headers } = context.req;
  const name = normalizeModelName(model);
  const outputLimit = readOutputLimit(fields, options);
  const promptTokens = expectations.promptTokens(name, body.length);
  const { hashes, endBytes } = needsPrefix ? promptPrefix(body) : NO_PREFIX;
  const stream = typeof fields.stream === 'boolean' ? fields.stream : route.streamsByDefault;
  return {
    route,
    model,
    stream,
    body,
    notes,
    continuable: stream && headerOf(headers, 'x-coordinator-handover') !== 'off' ? continuableShape(route, fields, body) : undefined,
    usesTools: Array.isArray(fields.tools) && fields.tools.length > 0,
    outputLimit,
    pin: headerOf(headers, 'x-coordinator-pin'),
    loadCall: readLoadCall(route, fields),
    // Written out: a spread amid other fields is a call into the runtime.
    facts: {
      id: context.id,
      attempt: 1,
      model: name,
      signature: runnerSignature(model, options),
      operation: route.operation,
      caller: context.caller.id,
      session: headerOf(headers, 'x-coordinator-session'),
      priority: headerOf(headers, 'x-coordinator-priority') === 'batch' ? 'batch' : 'interactive',
      bodyBytes: body.length,
      promptTokens,
      outputTokens: expectations.outputTokens(name, context.caller.id, outputLimit),
      prefix: hashes,
      prefixTokens: needsPrefix ? endBytes.map((end) => (promptTokens.mean * end) / body.length) : undefined,
    },
  };
}

/** The names under which the APIs have it; below 1 means no limit. */
function readOutputLimit(fields: Readonly<Record<string, unknown>>, options: Record<string, unknown>): number | undefined {
  const limit = options.num_predict ?? fields.max_tokens ?? fields.max_completion_tokens ?? fields.max_output_tokens;
  return typeof limit === 'number' && Number.isInteger(limit) && limit > 0 ? limit : undefined;
}

/** A longer prompt is no text that a person wrote; it is not worth a second pass. */
const CONTINUABLE_BYTES = 4_194_304;

function continuableShape(route: InferenceRoute, fields: Readonly<Record<string, unknown>>, body: Buffer): StreamShape | undefined {
  const shape = streamShape(route.path);
  return shape !== undefined && body.length <= CONTINUABLE_BYTES && canHandOver(shape, fields) ? shape : undefined;
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
