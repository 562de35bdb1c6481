/** A machine that runs other suites beside this one is slow; a check that holds ends at once all the same. */
const WITHIN_MS = 20_000;

/**
 * Repeats `check` until it neither throws nor returns false, and returns what it returned. A test waits for the state
 * that it is about, never for a time. Throws the last failure after `withinMs`.
 */
export async function eventually<T>(check: () => T | Promise<T>, { withinMs = WITHIN_MS, everyMs = 10 } = {}): Promise<Exclude<T, false>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let failure: unknown;
    try {
      const value = await check();
      if (value !== false) return value as Exclude<T, false>;
      failure = new Error('the condition did not become true');
    } catch (error) {
      failure = error;
    }
    if (performance.now() > deadline) throw failure;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
