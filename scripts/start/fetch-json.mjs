/** The JSON that an address answers with; undefined where it does not answer within the time, or with an error. */
export async function fetchJson(url, { key, withinMs = 1000 } = {}) {
  try {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(withinMs) });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/** Calls `check` every `everyMs` until it returns something, or the time is over; resolves to what it returned. */
export async function waitFor(check, { withinMs, everyMs = 50 }) {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const result = await check();
    if (result || performance.now() > deadline) return result;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
