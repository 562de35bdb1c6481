/**
 * Resolves when everything that can run without time passing has run: Node empties the queue of microtasks, however many
 * each of them adds, before it looks at the next tick. No turn of the event loop, so that millions of events cost seconds.
 * To be awaited from an async function, that is, from within a microtask.
 */
export function quiesce(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
