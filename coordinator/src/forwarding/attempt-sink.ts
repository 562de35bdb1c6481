import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AnswerHead, AnswerRelay } from './answer-relay.js';

/**
 * The response that one attempt writes to. The client's own response is touched only when the first byte of an acceptable
 * answer arrives, so that everything before can be tried again elsewhere. An answer that `accept` refuses is kept (as far
 * as `HELD_BYTES`), to be shown if no other agent does better.
 *
 * It behaves as the part of a Writable that http-proxy and a pipe use; a real Writable would buffer and count each chunk a
 * second time.
 */
export class AttemptSink extends EventEmitter {
  statusCode = 200;
  statusMessage = '';
  readonly headersSent = false;
  writableEnded = false;
  writableFinished = false;
  destroyed = false;
  /** The first byte has gone to the client. */
  committed = false;
  /** Bytes of an answer that was not accepted. */
  readonly held: Buffer[] = [];
  bytes = 0;

  readonly #headers: Record<string, string | string[]> = {};
  readonly #res: ServerResponse;
  readonly #options: AttemptSinkOptions;
  #refused = false;
  #heldBytes = 0;

  constructor(res: ServerResponse, options: AttemptSinkOptions) {
    super();
    this.#res = res;
    this.#options = options;
    res.on('close', this.#clientClosed);
    res.on('drain', this.#clientDrained);
  }

  get finished(): boolean {
    return this.writableEnded;
  }

  get writableNeedDrain(): boolean {
    return this.committed && this.#res.writableNeedDrain;
  }

  get head(): AnswerHead {
    return { status: this.statusCode, headers: this.#headers };
  }

  setHeader(name: string, value: string | string[]): void {
    this.#headers[name] = value;
  }

  write(chunk: Buffer): boolean {
    if (this.destroyed) return false;
    if (!this.committed && !this.#begin()) return this.#hold(chunk);
    this.bytes += chunk.length;
    return this.#options.relay.write(chunk);
  }

  end(): void {
    if (this.destroyed || this.writableEnded) return;
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

  #close(): void {
    this.destroyed = true;
    this.#res.off('close', this.#clientClosed);
    this.#res.off('drain', this.#clientDrained);
    this.emit('close');
  }

  readonly #clientClosed = () => this.destroy();
  readonly #clientDrained = () => this.emit('drain');
}

export interface AttemptSinkOptions {
  /** Whether an answer with this head is for the client, or another agent shall be tried. Called once. */
  readonly accept: (head: AnswerHead) => boolean;
  /** Called once, before the relay begins. */
  readonly onFirstByte: () => void;
  readonly relay: AnswerRelay;
}

/** An error answer is a sentence; more than this of it is not kept. */
const HELD_BYTES = 65_536;
