const PATTERN = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:\s*(Z|[+-]\d{2}:?\d{2}))?$/i;

/**
 * Milliseconds since 1970 of a timestamp as the Azure LLM inference traces have it (`2023-11-16 18:15:46.6805900`, in 2024
 * with `+00:00`), fractions of a millisecond kept. Without an offset it is UTC. Undefined for anything else, February 30
 * included.
 */
export function parseTimestamp(text: string): number | undefined {
  const found = PATTERN.exec(text);
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  const atMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const isReal = new Date(atMs).toISOString().startsWith(text.slice(0, 19).replace(' ', 'T').toUpperCase());
  if (!isReal) return undefined;
  const fractionMs = Number(`0.${found[7] ?? '0'}`) * 1000;
  return atMs + fractionMs - offsetMs(found[8]);
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || /z/i.test(offset)) return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith('-') ? -1 : 1) * minutes * 60_000;
}
