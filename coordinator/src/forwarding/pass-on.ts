import type { ServerResponse } from 'node:http';
import { type AnswerHead, type AnswerRelay, isStream } from './answer-relay.js';
import { clientHeaders } from './forwarded-headers.js';
import { SentBytes } from './sent-bytes.js';
import { lengthOfWholeRecords } from './whole-records.js';

/** More of one record than this is not held back: the stream then has a torn record where its agent dies within it. */
const HELD_BYTES = 65_536;

export interface PassOnOptions {
  readonly res: ServerResponse;
  /** Headers that the coordinator adds to the answer. */
  readonly answerHeaders: Readonly<Record<string, string>>;
  /** Is given the records of a stream in pieces of some 64 KiB, never parsed before; unset where nobody wants them. */
  readonly onRecords?: ((records: Buffer) => void) | undefined;
}

export interface PassOn extends AnswerRelay {
  /** Gives what is left to `onRecords`. False: a record was passed on torn, so that the stream cannot be continued. */
  flushRecords(): boolean;
  /** Pieces that were passed on. */
  chunks(): number;
}

/**
 * Passes an answer on byte for byte. Of a stream only whole records leave, so that whatever is said after an agent's death
 * stands on a line of its own. A chunk of Ollama's is nearly always one record: then this costs one look at its end.
 */
export function createPassOn({ res, answerHeaders, onRecords }: PassOnOptions): PassOn {
  let sent = new SentBytes(undefined);
  let separator: '\n' | '\n\n' | undefined;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let torn = false;
  let chunks = 0;

  function send(chunk: Buffer): boolean {
    chunks += 1;
    sent.add(chunk);
    return res.write(chunk);
  }

  function hold(chunk: Buffer): boolean {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes <= HELD_BYTES) return true;
    torn = true;
    separator = undefined;
    return send(release());
  }

  function release(last?: Buffer): Buffer {
    const whole = Buffer.concat(last ? [...held, last] : held);
    held = [];
    heldBytes = 0;
    return whole;
  }

  return {
    begin(head: AnswerHead) {
      if (isStream(head)) {
        separator = String(head.headers['content-type']).includes('ndjson') ? '\n' : '\n\n';
        sent = new SentBytes(head.status === 200 ? onRecords : undefined);
      }
      res.writeHead(head.status, clientHeaders(head.headers, answerHeaders));
    },
    write(chunk) {
      if (separator === undefined) return send(chunk);
      const length = lengthOfWholeRecords(chunk, separator, held.at(-1));
      if (length === chunk.length && heldBytes === 0) return send(chunk);
      if (length === 0) return hold(chunk);
      const takesMore = send(release(chunk.subarray(0, length)));
      return length < chunk.length ? hold(chunk.subarray(length)) && takesMore : takesMore;
    },
    end() {
      if (heldBytes > 0) send(release());
      res.end();
    },
    tail: () => sent.tail(),
    chunks: () => chunks,
    flushRecords() {
      sent.flush();
      return !torn;
    },
  };
}
