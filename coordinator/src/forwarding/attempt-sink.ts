import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerHead, AnswerRelay } from './answer-relay.js';

/**
 * What one attempt answers to. The client's own response is touched only when the first byte of an acceptable answer
 * arrives, so that everything before can be tried again elsewhere. An answer that `accept` refuses is kept (as far as
 * `HELD_BYTES`), to be shown if no other agent does better.
 *
 * To http-proxy it is the response; it has what http-proxy looks at, and no more. The answer is read here and not piped:
 * a pipe costs a tenth of what proxying a short answer costs altogether.
 */
export class AttemptSink extends EventEmitter {
  readonly headersSent = false;
  writableEnded = false;
  writableFinished = false;
  destroyed = false;
  /** The first byte has gone to the client. */
  committed = false;
  head: AnswerHead = NOT_ANSWERED;
  /** Bytes of an answer that was not accepted. */
  readonly held: Buffer[] = [];
  bytes = 0;

  readonly #res: ServerResponse;
  readonly #options: AttemptSinkOptions;
  #refused = false;
  #heldBytes = 0;
  #isHeldBack = false;

  constructor(res: ServerResponse, options: AttemptSinkOptions) {
    super();
    this.#res = res;
    this.#options = options;
    res.on('close', this.#clientClosed);
  }

  get finished(): boolean {
    return this.writableEnded;
  }

  /** The agent waits for the client to read on. */
  get isHeldBack(): boolean {
    return this.#isHeldBack && this.#res.writableNeedDrain;
  }

  /** Takes the whole answer, of which the headers are there. */
  take(answer: IncomingMessage): void {
    this.answered({ status: answer.statusCode ?? 502, rawHeaders: answer.rawHeaders });
    answer.on('data', (chunk: Buffer) => {
      if (!this.write(chunk)) this.#holdBack(answer);
    });
    answer.on('end', () => this.end());
  }

  answered(head: AnswerHead): void {
    this.head = head;
  }

  /** False where the client reads too slowly. */
  write(chunk: Buffer): boolean {
    if (this.destroyed) return true;
    if (!this.committed && !this.#begin()) return this.#hold(chunk);
    this.bytes += chunk.length;
    return this.#options.relay.write(chunk);
  }

  /** The answer is whole. */
  end(): void {
    if (this.destroyed) return;
    this.writableEnded = true;
    if (!this.committed) this.#begin();
    if (this.committed) this.#options.relay.end();
    this.writableFinished = true;
    this.#close();
  }

  /** Ends the attempt; the agent's connection is closed with it. The client's response stays as it is. */
  destroy(): this {
    if (!this.destroyed) this.#close();
    return this;
  }

  /** True when the answer may go to the client; then its head is sent. */
  #begin(): boolean {
    if (this.#refused || !this.#options.accept(this.head)) {
      this.#refused = true;
      return false;
    }
    this.committed = true;
    this.#options.onFirstByte();
    this.#options.relay.begin(this.head);
    return true;
  }

  #hold(chunk: Buffer): boolean {
    this.#heldBytes += chunk.length;
    if (this.#heldBytes <= HELD_BYTES) this.held.push(chunk);
    return true;
  }

  #holdBack(answer: IncomingMessage): void {
    this.#isHeldBack = true;
    answer.pause();
    this.#res.once('drain', () => {
      this.#isHeldBack = false;
      answer.resume();
    });
  }

  #close(): void {
    this.destroyed = true;
    this.#res.off('close', this.#clientClosed);
    this.emit('close');
  }

  readonly #clientClosed = () => this.destroy();
}

export interface AttemptSinkOptions {
  /** Whether an answer with this head is for the client, or another agent shall be tried. Called once. */
  readonly accept: (head: AnswerHead) => boolean;
  /** Called once, before the relay begins. */
  readonly onFirstByte: () => void;
  readonly relay: AnswerRelay;
}

const NOT_ANSWERED: AnswerHead = { status: 0, rawHeaders: [] };

/** An error answer is a sentence; more than this of it is not kept. */
const HELD_BYTES = 65_536;
