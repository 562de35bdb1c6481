import type { AnswerRelay } from '../answer-relay.js';

export interface Collect extends AnswerRelay {
  /** The whole body of an answer with status 200, at most `limitBytes` of it; undefined otherwise. */
  body(): Buffer | undefined;
}

/** Takes an answer that is not for the client into memory. */
export function createCollect(limitBytes: number): Collect {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let isUsable = false;
  return {
    begin: ({ status }) => {
      isUsable = status === 200;
    },
    write(chunk) {
      bytes += chunk.length;
      if (bytes > limitBytes) chunks = [];
      else chunks.push(chunk);
      return true;
    },
    end: () => {},
    tail: () => '',
    body: () => (isUsable && bytes <= limitBytes ? Buffer.concat(chunks) : undefined),
  };
}
