import type { ServerResponse } from 'node:http';
import { type AppError, FORWARD_HEADERS } from '@ollama-coordinator/common';

/** Answers with an error that the agent itself made, marked as such so that it is not taken for one of Ollama's. */
export function sendAgentError(res: ServerResponse, error: AppError): void {
  sendJson(res, error.status, { error: error.message }, { [FORWARD_HEADERS.error]: error.code });
}

/** The gate's refusal: no slot was free, and Ollama saw nothing. */
export function sendBusy(res: ServerResponse, reason: string): void {
  sendJson(res, 503, { error: reason }, { [FORWARD_HEADERS.busy]: reason, [FORWARD_HEADERS.error]: 'AGENT_BUSY' });
}

export function sendJson(res: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  if (res.destroyed || res.headersSent) return;
  const payload = Buffer.from(JSON.stringify(body));
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': payload.length, ...headers });
  res.end(payload);
}
