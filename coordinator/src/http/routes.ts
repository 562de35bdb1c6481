import type { ApiShape, Operation } from '@ollama-coordinator/common';

/** What a caller must hold: nothing, a key with that scope, or (agent) an agent's own credential. */
export type Scope = 'public' | 'infer' | 'read' | 'operate' | 'admin' | 'agent';

/** How Ollama answers a body without a model, or with an unknown one; the wording varies by route (seen on 0.32.15). */
export interface ModelErrors {
  readonly missing: { readonly status: 400 | 404; readonly message: string };
  /** `{model}` stands for the name as it was sent. */
  readonly unknown: string;
  /** Go's name of the request type, which it uses in complaints about a field of the wrong type. */
  readonly goType: string;
}

export interface InferenceRoute {
  readonly kind: 'inference';
  readonly method: 'POST';
  readonly path: string;
  readonly scope: 'infer';
  readonly shape: ApiShape;
  readonly operation: Operation;
  /** Whether the answer is streamed when the body does not say. */
  readonly streamsByDefault: boolean;
  readonly modelErrors: ModelErrors;
}

export interface ApiRoute {
  readonly kind: 'api';
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly scope: Scope;
  readonly shape: ApiShape;
  readonly handler: ApiHandlerName;
}

export type Route = InferenceRoute | ApiRoute;

const notFound = "model '{model}' not found";
const tryPulling = 'model "{model}" not found, try pulling it first';
const emptyNotFound = { status: 404, message: "model '' not found" } as const;
const required = { status: 400, message: 'model is required' } as const;

/** The whole API on one screen. Both dispatch and authorisation read this table; the OpenAPI contract is held equal to it. */
const INFERENCE: readonly InferenceRoute[] = [
  inference('/api/chat', 'ollama', 'chat', true, { missing: required, unknown: notFound, goType: 'ChatRequest' }),
  inference('/api/generate', 'ollama', 'generate', true, { missing: emptyNotFound, unknown: notFound, goType: 'GenerateRequest' }),
  inference('/api/embed', 'ollama', 'embed', false, { missing: emptyNotFound, unknown: tryPulling, goType: 'EmbedRequest' }),
  inference('/api/embeddings', 'ollama', 'embed', false, { missing: required, unknown: tryPulling, goType: 'EmbeddingRequest' }),
  inference('/v1/chat/completions', 'openai', 'chat', false, { missing: required, unknown: notFound, goType: 'ChatCompletionRequest' }),
  inference('/v1/completions', 'openai', 'generate', false, { missing: emptyNotFound, unknown: notFound, goType: 'CompletionRequest' }),
  inference('/v1/embeddings', 'openai', 'embed', false, { missing: required, unknown: tryPulling, goType: 'EmbedRequest' }),
  inference('/v1/responses', 'openai', 'respond', false, { missing: required, unknown: notFound, goType: 'ResponsesRequest' }),
  inference('/v1/messages', 'anthropic', 'chat', false, { missing: required, unknown: notFound, goType: 'MessagesRequest' }),
];

const API = [
  api('GET', '/', 'public', 'root'),
  api('GET', '/healthz', 'public', 'healthz'),
  api('GET', '/readyz', 'public', 'readyz'),
  api('GET', '/metrics', 'read', 'metrics'),
  api('GET', '/dashboard', 'public', 'dashboard'),
  api('GET', '/dashboard/assets/:file', 'public', 'dashboard'),
  api('GET', '/api/version', 'infer', 'version'),
  api('GET', '/api/tags', 'infer', 'tags'),
  api('GET', '/api/ps', 'infer', 'ps'),
  api('GET', '/v1/models', 'infer', 'openaiModels', 'openai'),
  api('POST', '/api/agents/register', 'agent', 'register'),
  api('POST', '/api/agents/leave', 'agent', 'leave'),
  api('POST', '/api/health', 'agent', 'heartbeat'),
  api('GET', '/api/agents', 'read', 'listAgents'),
  api('GET', '/api/agents/:id', 'read', 'getAgent'),
  api('PATCH', '/api/agents/:id', 'operate', 'patchAgent'),
  api('DELETE', '/api/agents/:id', 'operate', 'removeAgent'),
  api('POST', '/api/agents/:id/drain', 'operate', 'drainAgent'),
  api('DELETE', '/api/agents/:id/drain', 'operate', 'resumeAgent'),
  api('GET', '/api/agents/:id/health', 'read', 'agentHealth'),
  api('GET', '/api/coordinator/requests', 'read', 'listRequests'),
  api('DELETE', '/api/coordinator/requests/:id', 'operate', 'cancelRequest'),
  api('GET', '/api/coordinator/queue', 'read', 'queue'),
  api('GET', '/api/coordinator/events', 'read', 'listEvents'),
  api('GET', '/api/coordinator/stats', 'read', 'stats'),
] as const;

export type ApiHandlerName =
  | 'root'
  | 'healthz'
  | 'readyz'
  | 'metrics'
  | 'dashboard'
  | 'version'
  | 'tags'
  | 'ps'
  | 'openaiModels'
  | 'register'
  | 'leave'
  | 'heartbeat'
  | 'listAgents'
  | 'getAgent'
  | 'patchAgent'
  | 'removeAgent'
  | 'drainAgent'
  | 'resumeAgent'
  | 'agentHealth'
  | 'listRequests'
  | 'cancelRequest'
  | 'queue'
  | 'listEvents'
  | 'stats';

export const ROUTES: readonly Route[] = [...INFERENCE, ...API];

/** WebSocket routes; the upgrade is authorised as any request. */
export const SOCKET_ROUTES = [{ path: '/ws/dashboard', scope: 'read' }] as const;

function inference(
  path: string,
  shape: ApiShape,
  operation: Operation,
  streamsByDefault: boolean,
  modelErrors: ModelErrors,
): InferenceRoute {
  return { kind: 'inference', method: 'POST', path, scope: 'infer', shape, operation, streamsByDefault, modelErrors };
}

function api(method: ApiRoute['method'], path: string, scope: Scope, handler: ApiHandlerName, shape: ApiShape = 'ollama'): ApiRoute {
  return { kind: 'api', method, path, scope, shape, handler };
}
