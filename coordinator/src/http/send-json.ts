import type { RequestContext } from './request-context.js';

/** Ollama's own routes name the charset, its OpenAI and Anthropic ones do not. */
export const JSON_TYPE = 'application/json; charset=utf-8';
export const PLAIN_JSON_TYPE = 'application/json';

/** Answers with a whole body that is JSON text already; on HEAD with its headers only. */
export function sendText({ id, res }: RequestContext, status: number, text: string | Buffer, contentType = JSON_TYPE): void {
  const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(text), 'x-coordinator-request-id': id };
  res.writeHead(status, headers).end(text);
}

export function sendJson(context: RequestContext, status: number, value: unknown): void {
  sendText(context, status, JSON.stringify(value));
}
