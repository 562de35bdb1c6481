import { z } from 'zod';

/** `newest`: that of the copy changed last. `any`: all are alike. Else the beginning of a digest. */
const wanted = z
  .string()
  .regex(/^(newest|any|(sha256:)?[0-9a-f]{12,64})$/, 'must be newest, any, or at least 12 digits of a digest')
  .transform((text) => text.replace(/^sha256:/, ''));

/** Which digest of a model requests go to, by name or pattern; the first that matches counts. As text: `newest`, or `qwen3*=any,llama3.2=<digest>`. */
export const variantsSchema = z.preprocess(
  (value) => {
    if (typeof value !== 'string') return value;
    const pairs = value.split(',').map((part) => part.trim());
    return Object.fromEntries(pairs.map((pair) => (pair.includes('=') ? pair.split('=', 2) : ['*', pair])));
  },
  z.record(z.string().min(1), wanted),
);
