import { Duplex } from 'node:stream';

/**
 * A stream of a tunnel that Node's `http` takes for a socket, as client or server. It reads and writes bytes: an HTTP/2 stream given
 * several strings at once would write them all as UTF-8, and `http` writes its headers as latin1.
 */
export class TunnelSocket extends Duplex {
  readonly #inner: Duplex;

  constructor(inner: Duplex) {
    super({ decodeStrings: true, emitClose: true, autoDestroy: true });
    this.#inner = inner;
    inner.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) inner.pause();
    });
    inner.once('end', () => this.push(null));
    inner.once('error', (error) => this.destroy(error));
    inner.once('close', () => this.destroy());
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#inner.write(chunk, done);
  }

  override _writev(chunks: readonly { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#inner.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#inner.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner.destroy();
    done(error);
  }

  /** What `http` asks of a TCP connection, and a tunnel as a whole sees to. */
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}
