import type { ServerResponse } from 'node:http';
import { type AnswerHead, type AnswerRelay, separatorOf } from './answer-relay.js';
import { clientHeaders } from './forwarded-headers.js';
import { SentBytes } from './sent-bytes.js';
import { lengthOfWholeRecords } from './whole-records.js';

/** More of one record than this is not held back: the stream then has a torn record where its agent dies within it. */
const HELD_BYTES = 65_536;
const NOTHING_HELD: readonly Buffer[] = [];

export interface PassOnOptions {
  readonly res: ServerResponse;
  /** Headers that the coordinator adds to the answer. */
  readonly answerHeaders: Readonly<Record<string, string>>;
  /** Is given the records of a stream in pieces of some 64 KiB, never parsed before; unset where nobody wants them. */
  readonly onRecords?: ((records: Buffer) => void) | undefined;
}

/**
 * Passes an answer on byte for byte. Of a stream only whole records leave, so that whatever is said after an agent's death
 * stands on a line of its own. A chunk of Ollama's is nearly always one record: then this costs one look at its end.
 */
export class PassOn implements AnswerRelay {
  /** Pieces that were passed on. */
  chunks = 0;
  readonly #options: PassOnOptions;
  #sent = new SentBytes(undefined);
  #separator: '\n' | '\n\n' | undefined;
  #held: readonly Buffer[] = NOTHING_HELD;
  #heldBytes = 0;
  #torn = false;

  constructor(options: PassOnOptions) {
    this.#options = options;
  }

  begin(head: AnswerHead): void {
    const { res, answerHeaders, onRecords } = this.#options;
    this.#separator = separatorOf(head);
    if (this.#separator && head.status === 200 && onRecords) this.#sent = new SentBytes(onRecords);
    res.writeHead(head.status, clientHeaders(head, answerHeaders));
  }

  write(chunk: Buffer): boolean {
    if (this.#separator === undefined) return this.#send(chunk);
    const length = lengthOfWholeRecords(chunk, this.#separator, this.#held.at(-1));
    if (length === chunk.length && this.#heldBytes === 0) return this.#send(chunk);
    if (length === 0) return this.#hold(chunk);
    const takesMore = this.#send(this.#release(chunk.subarray(0, length)));
    return length < chunk.length ? this.#hold(chunk.subarray(length)) && takesMore : takesMore;
  }

  end(): void {
    if (this.#heldBytes > 0) this.#send(this.#release());
    this.#options.res.end();
  }

  tail(): string {
    return this.#sent.tail();
  }

  /** Gives what is left to `onRecords`. False: a record was passed on torn, so that the stream cannot be continued. */
  flushRecords(): boolean {
    this.#sent.flush();
    return !this.#torn;
  }

  #send(chunk: Buffer): boolean {
    this.chunks += 1;
    this.#sent.add(chunk);
    return this.#options.res.write(chunk);
  }

  #hold(chunk: Buffer): boolean {
    this.#held = [...this.#held, chunk];
    this.#heldBytes += chunk.length;
    if (this.#heldBytes <= HELD_BYTES) return true;
    this.#torn = true;
    this.#separator = undefined;
    return this.#send(this.#release());
  }

  #release(last?: Buffer): Buffer {
    const whole = Buffer.concat(last ? [...this.#held, last] : this.#held);
    this.#held = NOTHING_HELD;
    this.#heldBytes = 0;
    return whole;
  }
}
