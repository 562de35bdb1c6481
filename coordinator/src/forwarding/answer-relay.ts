/** What an agent answered, before a byte of it was passed on. */
export interface AnswerHead {
  readonly status: number;
  /**
   * Names and values in turn, as they came. Node makes an object of them only when it is asked to, and copying them from
   * one object into the next would be the dearest part of passing an answer on.
   */
  readonly rawHeaders: readonly string[];
}

/** The first header of that name (in lower case). */
export function headerOf({ rawHeaders }: AnswerHead, name: string): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index];
    if (given?.length === name.length && given.toLowerCase() === name) return rawHeaders[index + 1];
  }
  return undefined;
}

/** Takes an accepted answer: to the client as it is, to the client in another shape, or into memory. */
export interface AnswerRelay {
  /** Called once, before the first chunk. */
  begin(head: AnswerHead): void;
  /** Called for every token. False where the client reads too slowly: the agent is then held back until the client's `drain`. */
  write(chunk: Buffer): boolean;
  /** The agent ended the answer as HTTP ends one. */
  end(): void;
  /** The last 2 KiB of what was passed on, as Latin-1. */
  tail(): string;
}

/** Only a stream has an end of its own; a JSON answer is whole when HTTP says so. */
export function isStream(head: AnswerHead): boolean {
  return separatorOf(head) !== undefined;
}

/** What stands between the records of a stream; undefined for an answer in one piece. */
export function separatorOf(head: AnswerHead): '\n' | '\n\n' | undefined {
  const type = headerOf(head, 'content-type') ?? '';
  if (type.includes('ndjson')) return '\n';
  return type.includes('event-stream') ? '\n\n' : undefined;
}
