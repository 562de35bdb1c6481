import type { IncomingHttpHeaders } from 'node:http';

/** What an agent answered, before a byte of it was passed on. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<IncomingHttpHeaders>;
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
export function isStream({ headers }: AnswerHead): boolean {
  return /ndjson|event-stream/.test(String(headers['content-type']));
}
