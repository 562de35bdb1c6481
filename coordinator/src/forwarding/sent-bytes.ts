/** Bytes at the end of an answer in which the final figures stand: the last record of a stream, or the end of one JSON object. */
const TAIL_BYTES = 2048;
/** Most that is kept of a stream that somebody may want to read again. */
const RECORDS_BYTES = 65_536;

const NO_BYTES = Buffer.alloc(0);

/**
 * What was sent of an answer, copied into one buffer: a reference to each chunk would keep several times its size alive.
 * Always the end of it is there; where `onFull` is given, also everything that was not handed to it yet.
 */
export class SentBytes {
  /** Not copied until there is a second one: an answer in one piece mostly comes as one chunk. */
  #only: Buffer | undefined;
  #buffer = NO_BYTES;
  #length = 0;
  /** From here on it was not handed to `onFull` yet. */
  #unread = 0;
  readonly #onFull: ((records: Buffer) => void) | undefined;
  readonly #mostBytes: number;

  constructor(onFull: ((records: Buffer) => void) | undefined) {
    this.#onFull = onFull;
    this.#mostBytes = onFull ? RECORDS_BYTES : 2 * TAIL_BYTES;
  }

  /** Called for every token. With `onFull`, chunks are whole records. */
  add(chunk: Buffer): void {
    if (this.#only === undefined && this.#length === 0) {
      this.#only = chunk;
      return;
    }
    this.#copyOnly();
    this.#copy(chunk);
  }

  #copyOnly(): void {
    const only = this.#only;
    this.#only = undefined;
    if (only) this.#copy(only);
  }

  #copy(chunk: Buffer): void {
    if (this.#length + chunk.length > this.#buffer.length && !this.#makeRoom(chunk)) return;
    this.#buffer.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  /** The last 2 KiB, as Latin-1. */
  tail(): string {
    if (this.#only) return this.#only.toString('latin1', Math.max(0, this.#only.length - TAIL_BYTES));
    return this.#buffer.toString('latin1', Math.max(0, this.#length - TAIL_BYTES), this.#length);
  }

  /** Hands over what was not handed over yet. */
  flush(): void {
    this.#copyOnly();
    if (this.#unread < this.#length) this.#onFull?.(this.#buffer.subarray(this.#unread, this.#length));
    this.#unread = this.#length;
  }

  /** False where the chunk alone is too big: then its end is kept, and it needs no copying any more. */
  #makeRoom(chunk: Buffer): boolean {
    const needed = this.#length + chunk.length;
    if (needed <= this.#mostBytes) {
      this.#grow(needed);
      return true;
    }
    this.flush();
    if (chunk.length > this.#mostBytes - TAIL_BYTES) {
      this.#onFull?.(chunk);
      this.#keepTail(chunk);
      return false;
    }
    this.#keepTail(this.#buffer.subarray(0, this.#length));
    this.#grow(this.#length + chunk.length);
    return true;
  }

  #keepTail(bytes: Buffer): void {
    const tail = bytes.subarray(-TAIL_BYTES);
    this.#grow(tail.length);
    tail.copy(this.#buffer);
    this.#length = tail.length;
    this.#unread = tail.length;
  }

  #grow(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.#mostBytes, Math.max(TAIL_BYTES, 2 * this.#buffer.length, bytes)));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
