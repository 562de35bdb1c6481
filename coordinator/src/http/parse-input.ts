import { AppError } from '@ollama-coordinator/common';
import type { z } from 'zod';

/** The input as the schema has it. Throws BAD_REQUEST with the path of each wrong field. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
    .join('; ');
  throw new AppError('BAD_REQUEST', { details: { reason } });
}
