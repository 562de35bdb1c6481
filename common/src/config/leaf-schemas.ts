import { z } from 'zod';

/** A whole number that may come as text from the environment; says what it saw when it is none. */
export function wholeNumber(min: number, max: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value),
    z
      .int({ error: (issue) => `must be a whole number from ${min} to ${max}, not ${JSON.stringify(issue.input)}` })
      .min(min, `must be at least ${min}`)
      .max(max, `must be at most ${max}`),
  );
}

/** A part of one, 0 to 1, that may come as text. */
export const share = z.preprocess(
  (value) => (typeof value === 'string' && /^\s*\d*\.?\d+\s*$/.test(value) ? Number(value) : value),
  z
    .number({ error: (issue) => `must be a number from 0 to 1, not ${JSON.stringify(issue.input)}` })
    .min(0, 'must be at least 0')
    .max(1, 'must be at most 1'),
);

/** A list that may come as text separated by commas. */
export const textList = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '')
      : value,
  z.array(z.string()),
);

/** `name=value` pairs that may come as text separated by commas. */
export const textRecord = z.preprocess(
  (value) => {
    if (typeof value !== 'string') return value;
    const pairs = value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    return Object.fromEntries(pairs.map(splitPair));
  },
  z.record(z.string(), z.string({ error: 'must be given as name=value' })),
);

/** A pair without a sign has no value, which the schema refuses by its name. */
function splitPair(pair: string): [string, string | undefined] {
  const sign = pair.indexOf('=');
  return sign < 0 ? [pair, undefined] : [pair.slice(0, sign).trim(), pair.slice(sign + 1).trim()];
}

/** An http(s) address without a trailing slash. */
export const httpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: (issue) => `must be an address like http://127.0.0.1:11434, not ${JSON.stringify(issue.input)}`,
  })
  .transform((text) => text.replace(/\/+$/, ''));
