import type { OutgoingHttpHeaders } from 'node:http';

/** How an answer went, for its last record. Times are milliseconds. */
export interface CompletionResult {
  readonly doneReason: 'stop' | 'length';
  readonly promptTokens: number;
  readonly promptEvalMs: number;
  readonly evalCount: number;
  readonly evalMs: number;
  readonly loadMs: number;
  readonly totalMs: number;
}

/** How one API writes an answer. `token` and `end` are records of a stream, `whole` the body of an answer in one piece. */
export interface CompletionFormat {
  readonly streamType: string;
  readonly streamHeaders?: OutgoingHttpHeaders;
  readonly wholeType: string;
  /** Written before the first token. */
  begin?(promptTokens: number): string;
  token(text: string, index: number): string;
  end(text: string, result: CompletionResult): string;
  whole(text: string, result: CompletionResult): string;
  /** The last thing in a stream whose runner died. */
  failure(message: string): string;
  /** A refusal before the stream began. */
  refusal(status: number, message: string): { readonly body: string; readonly contentType: string };
}
