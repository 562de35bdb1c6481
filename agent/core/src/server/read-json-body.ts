import type { IncomingMessage } from 'node:http';
import { AppError } from '@ollama-coordinator/common';
import type { z } from 'zod';

const LIMIT_BYTES = 1024 * 1024;

/** The body as the schema reads it. Throws BODY_TOO_LARGE or BAD_REQUEST. */
export async function readJsonBody<S extends z.ZodType>(req: IncomingMessage, schema: S): Promise<z.output<S>> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > LIMIT_BYTES) throw new AppError('BODY_TOO_LARGE', { details: { limit_bytes: LIMIT_BYTES } });
    chunks.push(chunk);
  }
  const parsed = schema.safeParse(parse(Buffer.concat(chunks)));
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'not valid' };
  throw new AppError('BAD_REQUEST', { details: { reason: `${path.join('.') || 'body'}: ${message}` } });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new AppError('BAD_REQUEST', { details: { reason: 'the body is not valid JSON' }, cause });
  }
}
