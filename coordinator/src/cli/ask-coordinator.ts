import { AppError, describeCause } from '@ollama-coordinator/common';
import type { Env, Flags } from './command.js';

/** Asks a running coordinator. Throws a sentence that says what to do when it does not answer. */
export async function askCoordinator(path: string, { url, key }: Flags, env: Env, method = 'GET'): Promise<unknown> {
  const base = url ?? `http://${env.COORDINATOR_HOST ?? '127.0.0.1'}:${env.COORDINATOR_PORT ?? '8080'}`;
  const apiKey = key ?? env.COORDINATOR_API_KEY;
  const response = await fetch(base + path, { method, headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` } }).catch(
    (failure: unknown) => {
      const cause = failure instanceof Error && failure.cause !== undefined ? failure.cause : failure;
      throw new AppError('BAD_REQUEST', {
        details: { reason: `no coordinator answers at ${base} (${describeCause(cause)}); start one, or name it with --url` },
        cause: failure,
      });
    },
  );
  const answer = (await response.json()) as { error?: string };
  if (!response.ok) throw new AppError('BAD_REQUEST', { details: { reason: answer.error ?? `status ${response.status}` } });
  return answer;
}
