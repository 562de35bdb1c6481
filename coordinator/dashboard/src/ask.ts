/** What the coordinator answered, or why it did not. `status` 0: it did not answer at all. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly problem: string };

/** Asks the coordinator as whoever is signed in: the browser sends the session's cookie along, and no script ever sees it. */
export async function ask<T>(path: string, method = 'GET', body?: unknown): Promise<Answer<T>> {
  const sent = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(path, { method, cache: 'no-store', ...sent }).catch(() => undefined);
  if (response === undefined) return { ok: false, status: 0, problem: 'The coordinator does not answer.' };
  const text = await response.text();
  const value = parse(text);
  return response.ok ? { ok: true, value: value as T } : { ok: false, status: response.status, problem: problemOf(value) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(body: unknown): string {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return typeof error === 'string' ? error : 'The coordinator refused the request.';
}
