import { type ApiShape, AppError, goJsonError } from '@ollama-coordinator/common';

/** The body as a JSON object. Throws BAD_REQUEST with the words in which Ollama complains. */
export function parseJsonBody(body: Buffer, shape: ApiShape): Record<string, unknown> {
  if (body.length === 0) throw badRequest(shape === 'ollama' ? 'missing request body' : 'EOF');
  const text = body.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest(goJsonError(text) ?? 'the request body is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('the request body must be a JSON object, like {"model": "llama3.2"}');
  }
  return value as Record<string, unknown>;
}

function badRequest(reason: string): AppError {
  return new AppError('BAD_REQUEST', { details: { reason } });
}
