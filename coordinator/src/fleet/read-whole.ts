import type { IncomingMessage } from 'node:http';

/** The whole of an answer. Rejects where it breaks off, or is longer than `limitBytes`. */
export async function readWhole(body: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw new Error(`the answer is longer than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  if (!body.complete) throw new Error('the answer broke off');
  return Buffer.concat(chunks);
}
