import type { IncomingMessage } from 'node:http';
import { AppError } from '@ollama-coordinator/common';

/**
 * The whole request body. Throws BODY_TOO_LARGE as soon as more than `limitBytes` is announced or has arrived, and
 * ClientLeft when the client goes away meanwhile. `take` is told of each piece, and may throw to refuse it.
 */
export function readBody(req: IncomingMessage, limitBytes: number, take: (bytes: number) => void = () => {}): Promise<Buffer> {
  const tooLarge = () => new AppError('BODY_TOO_LARGE', { details: { limit_bytes: limitBytes } });
  if (Number(req.headers['content-length'] ?? 0) > limitBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const refuse = (reason: unknown) => {
      req.removeAllListeners('data');
      req.resume();
      reject(reason);
    };
    req.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > limitBytes) return refuse(tooLarge());
      try {
        take(chunk.length);
        chunks.push(chunk);
      } catch (reason) {
        refuse(reason);
      }
    });
    req.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    req.once('error', reject);
    // Closing follows each whole request, too; making an error for all of those would cost more than reading them.
    req.once('close', () => {
      if (!req.complete) reject(new ClientLeft());
    });
  });
}

/** The client went away before it was answered; nobody is left to tell. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft';
  constructor() {
    super('the client left');
  }
}
