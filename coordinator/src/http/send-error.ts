import type { ServerResponse } from 'node:http';
import { type ApiShape, AppError, type ErrorCode } from '@ollama-coordinator/common';
import { JSON_TYPE, PLAIN_JSON_TYPE } from './send-json.js';

/** Failures that Ollama itself reports without a code of its own. */
const OLLAMAS_OWN: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['BAD_REQUEST', 'UNKNOWN_MODEL']);

/** Foreign failures become AppErrors here at the latest; what they say stays in the log. */
export function toAppError(failure: unknown, requestId: string): AppError {
  return failure instanceof AppError ? failure : new AppError('INTERNAL', { details: { request_id: requestId }, cause: failure });
}

/** Answers with the error in the shape of the API that was called. Nothing may have been sent before. */
export function sendError(res: ServerResponse, error: AppError, shape: ApiShape, requestId: string): void {
  const { text: body, contentType } = errorText(error, shape, requestId);
  const headers: Record<string, string | number> = {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-coordinator-request-id': requestId,
  };
  if (error.retryAfterS !== undefined) headers['retry-after'] = Math.max(1, Math.ceil(error.retryAfterS));
  if (error.status === 401) headers['www-authenticate'] = 'Bearer';
  res.writeHead(error.status, headers);
  res.end(body);
}

function errorText(error: AppError, shape: ApiShape, requestId: string): { readonly text: string; readonly contentType: string } {
  if (error.code === 'UNKNOWN_ROUTE' || error.code === 'WRONG_METHOD') return { text: error.message, contentType: 'text/plain' };
  const text = JSON.stringify(errorBody(error, shape, requestId));
  // What Ollama's handlers say behind its OpenAI and Anthropic routes is written by another encoder than the rest.
  const isHandlers = error.code === 'UNKNOWN_MODEL' && shape !== 'ollama';
  return isHandlers ? { text: `${text}\n`, contentType: PLAIN_JSON_TYPE } : { text, contentType: JSON_TYPE };
}

/** The error as the last record of a stream that has begun. */
export function errorRecord(error: AppError, shape: ApiShape, requestId: string): string {
  const body = JSON.stringify(errorBody(error, shape, requestId));
  if (shape === 'ollama') return `${body}\n`;
  return shape === 'openai' ? `data: ${body}\n\n` : `event: error\ndata: ${body}\n\n`;
}

function errorBody(error: AppError, shape: ApiShape, requestId: string): object {
  if (shape === 'ollama') return { error: error.message };
  const type = errorType(error.status, shape);
  if (shape === 'openai') {
    const code = OLLAMAS_OWN.has(error.code) ? null : error.code.toLowerCase();
    return { error: { message: error.message, type, param: null, code } };
  }
  return { type: 'error', error: { type, message: error.message }, request_id: `req_${requestId}` };
}

function errorType(status: number, shape: ApiShape): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 413 && shape === 'anthropic') return 'request_too_large';
  if (status === 429) return 'rate_limit_error';
  if (status === 503 && shape === 'anthropic') return 'overloaded_error';
  return status < 500 ? 'invalid_request_error' : 'api_error';
}
