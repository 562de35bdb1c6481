import { AppError, describeCause } from '@ollama-coordinator/common';
import type { Env, Flags } from './command.js';

/** Asks a running coordinator. Throws a sentence that says what to do when it does not answer. An answer without a body is undefined. */
export async function askCoordinator(path: string, flags: Flags, env: Env, method = 'GET', body?: unknown): Promise<unknown> {
  const text = await (await openAnswer(path, flags, env, method, body)).text();
  return text === '' ? undefined : parseAnswer(text);
}

/** The same, its answer still to be read. */
export async function openAnswer(path: string, { url, key }: Flags, env: Env, method = 'GET', body?: unknown): Promise<Response> {
  const base = url ?? `http://${env.COORDINATOR_HOST ?? '127.0.0.1'}:${env.COORDINATOR_PORT ?? '8080'}`;
  const apiKey = key ?? env.COORDINATOR_API_KEY;
  const headers = {
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(base + path, { method, headers, ...sent }).catch((failure: unknown) => {
    const cause = failure instanceof Error && failure.cause !== undefined ? failure.cause : failure;
    throw new AppError('BAD_REQUEST', {
      details: { reason: `no coordinator answers at ${base} (${describeCause(cause)}); start one, or name it with --url` },
      cause: failure,
    });
  });
  if (response.ok) return response;
  const { error } = parseAnswer(await response.text());
  throw new AppError('BAD_REQUEST', { details: { reason: error ?? `status ${response.status}` } });
}

function parseAnswer(text: string): { error?: string } {
  try {
    return JSON.parse(text) as { error?: string };
  } catch {
    return { error: text };
  }
}
