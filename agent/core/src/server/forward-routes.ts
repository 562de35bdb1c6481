/** What a request to an agent is: passed on through the gate, or beside it, where `changing` changes the models on disk. */
export type ForwardKind = 'gated' | 'plain' | 'changing';

/** Every route of Ollama that an agent passes on (0.24 and 0.32). `:x` stands for one path segment. Gated ones run a model. */
export const FORWARD_ROUTES: readonly (readonly [method: string, path: string, kind: ForwardKind])[] = [
  ['POST', '/api/chat', 'gated'],
  ['POST', '/api/generate', 'gated'],
  ['POST', '/api/embed', 'gated'],
  ['POST', '/api/embeddings', 'gated'],
  ['POST', '/v1/chat/completions', 'gated'],
  ['POST', '/v1/completions', 'gated'],
  ['POST', '/v1/embeddings', 'gated'],
  ['POST', '/v1/responses', 'gated'],
  ['POST', '/v1/messages', 'gated'],
  ['POST', '/v1/audio/transcriptions', 'gated'],
  ['POST', '/v1/images/generations', 'gated'],
  ['POST', '/v1/images/edits', 'gated'],
  ['GET', '/', 'plain'],
  ['HEAD', '/', 'plain'],
  ['GET', '/api/version', 'plain'],
  ['HEAD', '/api/version', 'plain'],
  ['GET', '/api/tags', 'plain'],
  ['HEAD', '/api/tags', 'plain'],
  ['GET', '/api/status', 'plain'],
  ['GET', '/api/ps', 'plain'],
  ['GET', '/api/experimental/model-recommendations', 'plain'],
  ['GET', '/v1/models', 'plain'],
  ['GET', '/v1/models/:model', 'plain'],
  ['POST', '/api/pull', 'changing'],
  ['POST', '/api/push', 'plain'],
  ['POST', '/api/show', 'plain'],
  ['POST', '/api/me', 'plain'],
  ['POST', '/api/signout', 'plain'],
  ['POST', '/api/create', 'changing'],
  ['POST', '/api/copy', 'changing'],
  ['POST', '/api/experimental/web_search', 'plain'],
  ['POST', '/api/experimental/web_fetch', 'plain'],
  ['POST', '/api/blobs/:digest', 'plain'],
  ['HEAD', '/api/blobs/:digest', 'plain'],
  ['DELETE', '/api/delete', 'changing'],
  ['DELETE', '/api/user/keys/:key', 'plain'],
];

const exact = new Map<string, ForwardKind>();
const patterns: { method: string; pattern: RegExp; kind: ForwardKind }[] = [];
for (const [method, path, kind] of FORWARD_ROUTES) {
  if (!path.includes(':')) exact.set(`${method} ${path}`, kind);
  // A segment that is only dots would be another path once resolved.
  else patterns.push({ method, pattern: new RegExp(`^${path.replace(/:\w+/, '(?!\\.+$)[A-Za-z0-9._:%-]+')}$`), kind });
}

/** `path` as it stands in the request line, without the query; nothing is decoded. */
export function findForwardRoute(method: string, path: string): ForwardKind | undefined {
  return exact.get(`${method} ${path}`) ?? patterns.find((entry) => entry.method === method && entry.pattern.test(path))?.kind;
}
