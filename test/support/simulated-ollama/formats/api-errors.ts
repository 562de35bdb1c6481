import { randomBytes } from 'node:crypto';
import { goJson } from '../http/exchange.js';

function errorType(status: number): string {
  if (status === 400) return 'invalid_request_error';
  return status === 404 ? 'not_found_error' : 'api_error';
}

/** An error in OpenAI's shape. */
export function openAiError(status: number, message: string): string {
  return goJson({ error: { message, type: errorType(status), param: null, code: null } });
}

/** An error in Anthropic's shape. */
export function anthropicError(status: number, message: string): string {
  const type = status === 503 ? 'overloaded_error' : errorType(status);
  return goJson({ type: 'error', error: { type, message }, request_id: `req_${randomBytes(12).toString('hex')}` });
}
