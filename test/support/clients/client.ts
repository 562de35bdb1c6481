/** An Ollama, or a coordinator that is to be taken for one. */
export interface Target {
  readonly url: string;
  /** What a model of the test's registry is called. */
  readonly pullable: string;
  /** A folder of this target's own, for what clients write. */
  readonly folder: string;
}

/** One verb through one client. Resolves with what the client gave its caller; what it throws counts as a result as well. */
export type Run = (target: Target) => Promise<unknown>;

/** A client with its verbs, in the order in which they are run: some need what those before them did. */
export interface Client {
  readonly name: string;
  readonly verbs: Readonly<Record<string, Run>>;
  /** Ends what was started for a target. */
  close?(): Promise<void>;
}

/** Every item of a stream. */
export async function collect<T>(stream: AsyncIterable<T> | PromiseLike<AsyncIterable<T>>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of await stream) items.push(item);
  return items;
}
