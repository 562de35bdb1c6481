import { type ApiShape, AppError, isDeeper, parseGoJson } from '@ollama-coordinator/common';

/** How deep Go's encoding/json reads. */
const GO_MAX_DEPTH = 10_000;

/** The body as a JSON object. Throws BAD_REQUEST with the words in which Ollama complains. */
export function parseJsonBody(body: Buffer, shape: ApiShape): Record<string, unknown> {
  if (body.length === 0) throw badRequest(shape === 'ollama' ? 'missing request body' : 'EOF');
  if (isDeeper(body, GO_MAX_DEPTH)) throw badRequest('exceeded max depth');
  const parsed = parseGoJson(body.toString('utf8'));
  if ('error' in parsed) throw badRequest(parsed.error);
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('the request body must be a JSON object, like {"model": "llama3.2"}');
  }
  return value as Record<string, unknown>;
}

function badRequest(reason: string): AppError {
  return new AppError('BAD_REQUEST', { details: { reason } });
}
