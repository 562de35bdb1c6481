import type { ApiShape, KeyScope, Operation } from '@ollama-coordinator/common';

/** What a caller must hold: nothing, any key, a key with that scope, or (agent) an agent's own credential. */
export type Scope = KeyScope | 'public' | 'key' | 'agent';

/** How Ollama answers a body without a model, or with an unknown one; the wording varies by route (seen on 0.32.15). */
export interface ModelErrors {
  readonly missing: { readonly status: 400 | 404; readonly message: string };
  /** `{model}` stands for the name as it was sent. */
  readonly unknown: string;
  /** Go's name of the request type, which it uses in complaints about a field of the wrong type. */
  readonly goType: string;
  /** What an empty field is complained about before the model is looked at. */
  readonly needs?: { readonly field: string; readonly message: string };
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

/** A route of Ollama's that is no inference. Like inference it is answered before Express, its body refused in Ollama's words. */
export interface VerbRoute<Name extends string = string> {
  readonly kind: 'verb';
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  readonly path: string;
  readonly scope: Scope;
  readonly shape: ApiShape;
  readonly handler: Name;
  /** Its handler shows and touches only what the caller's key allows; without that, keys with a list of models or agents are refused. */
  readonly narrows: boolean;
  /** Whether HEAD is answered as well, which Ollama does on a few routes only. */
  readonly head: boolean;
}

/** A route of the coordinator's own, served by Express. */
export interface ApiRoute<Name extends string = string> {
  readonly kind: 'api';
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly scope: Scope;
  readonly shape: ApiShape;
  readonly handler: Name;
  /** As of a verb. */
  readonly narrows: boolean;
}

export type Route = InferenceRoute | VerbRoute<VerbName> | ApiRoute<ApiHandlerName>;
export type VerbName = (typeof VERBS)[number]['handler'];
export type ApiHandlerName = (typeof API)[number]['handler'];

const notFound = "model '{model}' not found";
const tryPulling = 'model "{model}" not found, try pulling it first';
const needsMessages = { field: 'messages', message: "[] is too short - 'messages'" } as const;
const needsInput = { field: 'input', message: 'invalid input' } as const;
const needsPrompt = { field: 'prompt', message: 'prompt is required' } as const;
const emptyNotFound = { status: 404, message: "model '' not found" } as const;
const required = { status: 400, message: 'model is required' } as const;

/** The whole API on one screen. Both dispatch and authorisation read this table; the OpenAPI contract is held equal to it. */
const INFERENCE: readonly InferenceRoute[] = [
  inference('/api/chat', 'ollama', 'chat', true, { missing: required, unknown: notFound, goType: 'ChatRequest' }),
  inference('/api/generate', 'ollama', 'generate', true, { missing: emptyNotFound, unknown: notFound, goType: 'GenerateRequest' }),
  inference('/api/embed', 'ollama', 'embed', false, { missing: emptyNotFound, unknown: tryPulling, goType: 'EmbedRequest' }),
  inference('/api/embeddings', 'ollama', 'embed', false, { missing: required, unknown: tryPulling, goType: 'EmbeddingRequest' }),
  inference('/v1/chat/completions', 'openai', 'chat', false, {
    missing: required,
    unknown: notFound,
    goType: 'ChatCompletionRequest',
    needs: needsMessages,
  }),
  inference('/v1/completions', 'openai', 'generate', false, { missing: emptyNotFound, unknown: notFound, goType: 'CompletionRequest' }),
  inference('/v1/embeddings', 'openai', 'embed', false, {
    missing: emptyNotFound,
    unknown: tryPulling,
    goType: 'EmbedRequest',
    needs: needsInput,
  }),
  inference('/v1/responses', 'openai', 'respond', false, { missing: required, unknown: notFound, goType: 'ResponsesRequest' }),
  inference('/v1/messages', 'anthropic', 'chat', false, { missing: required, unknown: notFound, goType: 'MessagesRequest' }),
  inference('/v1/audio/transcriptions', 'openai', 'transcribe', false, {
    missing: required,
    unknown: notFound,
    goType: 'TranscriptionRequest',
  }),
  inference('/v1/images/generations', 'openai', 'image', false, {
    missing: required,
    unknown: notFound,
    goType: 'ImageGenerationRequest',
    needs: needsPrompt,
  }),
  inference('/v1/images/edits', 'openai', 'image', false, {
    missing: required,
    unknown: notFound,
    goType: 'ImageEditRequest',
    needs: needsPrompt,
  }),
];

/**
 * Handlers that keep to the lists of models and agents of the caller's key (credentials/permissions.ts). What is not named here is
 * refused to a key that has one: so a route that was added without a thought about it shows nothing.
 */
const NARROWING: ReadonlySet<string> = new Set([
  'version',
  'status',
  'tags',
  'ps',
  'openaiModels',
  'openaiModel',
  'show',
  'copy',
  'delete',
  'create',
  'push',
  'postBlob',
  'headBlob',
  'recommendations',
  'noCloud',
  'listAgents',
  'getAgent',
  'patchAgent',
  'removeAgent',
  'drainAgent',
  'resumeAgent',
  'approveAgent',
  'rotateAgent',
  'revokeAgent',
  'agentHealth',
  'listRequests',
  'exportRequests',
  'keyUsage',
  'whoAmI',
  'signOut',
]);

const VERBS = [
  verb('GET', '/', 'public', 'root', { head: true }),
  verb('GET', '/api/version', 'infer', 'version', { head: true }),
  verb('GET', '/api/tags', 'infer', 'tags', { head: true }),
  verb('GET', '/api/ps', 'infer', 'ps'),
  verb('GET', '/api/status', 'infer', 'status'),
  verb('GET', '/v1/models', 'infer', 'openaiModels', { shape: 'openai' }),
  verb('GET', '/v1/models/:model', 'infer', 'openaiModel', { shape: 'openai' }),
  verb('POST', '/api/show', 'infer', 'show'),
  verb('POST', '/api/copy', 'operate', 'copy'),
  verb('DELETE', '/api/delete', 'operate', 'delete'),
  verb('POST', '/api/create', 'operate', 'create'),
  verb('POST', '/api/push', 'operate', 'push'),
  verb('POST', '/api/blobs/:digest', 'operate', 'postBlob'),
  verb('HEAD', '/api/blobs/:digest', 'operate', 'headBlob'),
  verb('POST', '/api/pull', 'operate', 'pull'),
  verb('GET', '/api/experimental/model-recommendations', 'infer', 'recommendations'),
  verb('POST', '/api/me', 'infer', 'noCloud'),
  verb('POST', '/api/signout', 'operate', 'noCloud'),
  verb('DELETE', '/api/user/keys/:key', 'operate', 'noCloud'),
  verb('POST', '/api/experimental/web_search', 'infer', 'noCloud'),
  verb('POST', '/api/experimental/web_fetch', 'infer', 'noCloud'),
];

const API = [
  api('GET', '/healthz', 'public', 'healthz'),
  api('GET', '/readyz', 'public', 'readyz'),
  api('GET', '/metrics', 'read', 'metrics'),
  api('GET', '/dashboard', 'public', 'dashboard'),
  api('GET', '/dashboard/assets/:file', 'public', 'dashboard'),
  api('POST', '/api/agents/register', 'agent', 'register'),
  api('POST', '/api/agents/leave', 'agent', 'leave'),
  api('POST', '/api/health', 'agent', 'heartbeat'),
  api('GET', '/api/agents', 'read', 'listAgents'),
  api('GET', '/api/agents/:id', 'read', 'getAgent'),
  api('PATCH', '/api/agents/:id', 'operate', 'patchAgent'),
  api('DELETE', '/api/agents/:id', 'operate', 'removeAgent'),
  api('POST', '/api/agents/:id/drain', 'operate', 'drainAgent'),
  api('DELETE', '/api/agents/:id/drain', 'operate', 'resumeAgent'),
  api('POST', '/api/agents/:id/approve', 'admin', 'approveAgent'),
  api('POST', '/api/agents/:id/rotate', 'admin', 'rotateAgent'),
  api('POST', '/api/agents/:id/revoke', 'admin', 'revokeAgent'),
  api('GET', '/api/agents/:id/health', 'read', 'agentHealth'),
  api('GET', '/api/coordinator/requests', 'read', 'listRequests'),
  api('GET', '/api/coordinator/requests/export', 'read', 'exportRequests'),
  api('GET', '/api/coordinator/requests/:id', 'read', 'getRequest'),
  api('GET', '/api/coordinator/requests/:id/bodies', 'admin', 'requestBodies'),
  api('DELETE', '/api/coordinator/requests/:id', 'operate', 'cancelRequest'),
  api('GET', '/api/coordinator/queue', 'read', 'queue'),
  api('GET', '/api/coordinator/events', 'read', 'listEvents'),
  api('GET', '/api/coordinator/trends', 'read', 'trends'),
  api('GET', '/api/coordinator/explain', 'read', 'explain'),
  api('POST', '/api/coordinator/explain', 'read', 'explain'),
  api('GET', '/api/coordinator/settings', 'read', 'settings'),
  api('PATCH', '/api/coordinator/settings', 'admin', 'patchSettings'),
  api('GET', '/api/coordinator/speeds', 'read', 'speeds'),
  api('GET', '/api/coordinator/stats', 'read', 'stats'),
  api('POST', '/api/coordinator/session', 'public', 'signIn'),
  api('GET', '/api/coordinator/session', 'key', 'whoAmI'),
  api('DELETE', '/api/coordinator/session', 'key', 'signOut'),
  api('GET', '/api/coordinator/audit', 'admin', 'listAudit'),
  api('GET', '/api/coordinator/keys', 'admin', 'listKeys'),
  api('POST', '/api/coordinator/keys', 'admin', 'createKey'),
  api('GET', '/api/coordinator/keys/usage', 'key', 'keyUsage'),
  api('PATCH', '/api/coordinator/keys/:id', 'admin', 'changeKey'),
  api('DELETE', '/api/coordinator/keys/:id', 'admin', 'revokeKey'),
  api('GET', '/api/coordinator/join-tokens', 'admin', 'listJoinTokens'),
  api('POST', '/api/coordinator/join-tokens', 'admin', 'createJoinToken'),
  api('DELETE', '/api/coordinator/join-tokens/:id', 'admin', 'revokeJoinToken'),
  api('GET', '/api/coordinator/jobs', 'read', 'listJobs'),
  api('POST', '/api/coordinator/jobs', 'operate', 'createJob'),
  api('GET', '/api/coordinator/jobs/:id', 'read', 'getJob'),
  api('DELETE', '/api/coordinator/jobs/:id', 'operate', 'cancelJob'),
  api('GET', '/api/coordinator/placements', 'read', 'listPlacements'),
  api('POST', '/api/coordinator/placements', 'operate', 'createPlacement'),
  api('GET', '/api/coordinator/placements/:id', 'read', 'getPlacement'),
  api('PUT', '/api/coordinator/placements/:id', 'operate', 'putPlacement'),
  api('DELETE', '/api/coordinator/placements/:id', 'operate', 'removePlacement'),
];

export const ROUTES: readonly Route[] = [...INFERENCE, ...VERBS, ...API];

/** WebSocket routes; the upgrade is authorised as any request. */
export const SOCKET_ROUTES = [
  { path: '/ws/dashboard', scope: 'read', narrows: false, upgrade: 'dashboard' },
  { path: '/ws/agent', scope: 'agent', narrows: false, upgrade: 'tunnel' },
  { path: '/ws/tunnel', scope: 'agent', narrows: false, upgrade: 'relay' },
] as const;
export type SocketUpgrade = (typeof SOCKET_ROUTES)[number]['upgrade'];

function inference(
  path: string,
  shape: ApiShape,
  operation: Operation,
  streamsByDefault: boolean,
  modelErrors: ModelErrors,
): InferenceRoute {
  return { kind: 'inference', method: 'POST', path, scope: 'infer', shape, operation, streamsByDefault, modelErrors };
}

function verb<const Name extends string>(
  method: VerbRoute['method'],
  path: string,
  scope: Scope,
  handler: Name,
  { shape = 'ollama', head = false }: { readonly shape?: ApiShape; readonly head?: boolean } = {},
): VerbRoute<Name> {
  return { kind: 'verb', method, path, scope, shape, handler, narrows: NARROWING.has(handler), head };
}

function api<const Name extends string>(method: ApiRoute['method'], path: string, scope: Scope, handler: Name): ApiRoute<Name> {
  return { kind: 'api', method, path, scope, shape: 'ollama', handler, narrows: NARROWING.has(handler) };
}
