import type { ServerResponse } from 'node:http';
import { OVERLAP, readableBody } from './readable-body.js';
import { StreamText } from './stream-text.js';

/** Answers in one piece are held up to this, to be read when they are whole. */
const WHOLE_BYTES = 262_144;

/** What a response said. */
export interface WatchedAnswer {
  bytes(): number;
  /** Text of a stream, JSON of an answer in one piece. */
  body(): unknown;
}

/** Sees every byte that the response is given, whoever writes it. The response is otherwise as it was. */
export function watchAnswer(res: ServerResponse, most: number): WatchedAnswer {
  const whole: Buffer[] = [];
  const stream = new StreamText(most + OVERLAP);
  let isStream = false;
  let bytes = 0;
  const see = (chunk: unknown) => {
    const part = toBuffer(chunk);
    bytes += part.length;
    if (isStream) stream.add(part);
    else if (bytes <= WHOLE_BYTES) whole.push(part);
  };
  const { writeHead, write, end } = res;
  // Headers that are given as a list are in no other place.
  res.writeHead = ((...args: Parameters<typeof writeHead>) => {
    isStream = /ndjson|event-stream/.test(JSON.stringify(args));
    return writeHead.apply(res, args);
  }) as typeof writeHead;
  res.write = ((...args: Parameters<typeof write>) => {
    see(args[0]);
    return write.apply(res, args);
  }) as typeof write;
  res.end = ((...args: Parameters<typeof end>) => {
    see(args[0]);
    return end.apply(res, args);
  }) as typeof end;
  return {
    bytes: () => bytes,
    body: () => {
      if (isStream) return stream.text();
      return bytes > WHOLE_BYTES ? `[${bytes} bytes: too long to be kept]` : readableBody(Buffer.concat(whole), '', most);
    },
  };
}

/** Empty for what is no chunk: `end` may be given a callback. */
function toBuffer(chunk: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  return chunk instanceof Uint8Array ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : EMPTY;
}

const EMPTY = Buffer.alloc(0);
