/** Whether a text is one of those that the patterns mean. */
export type Matches = (text: string) => boolean;

/** Longer texts are no names. It also bounds what a caller can make us compare. */
const LONGEST_NAME = 512;

/**
 * `*` stands for any text, everything else for itself, in any case. The time is linear in the text, whatever the pattern: a regular
 * expression would not be.
 */
export function compilePatterns(patterns: readonly string[]): Matches {
  const matchers = patterns.map((pattern) => compilePattern(pattern.toLowerCase()));
  return (text) => {
    if (text.length > LONGEST_NAME) return false;
    const lower = text.toLowerCase();
    return matchers.some((matches) => matches(lower));
  };
}

function compilePattern(pattern: string): Matches {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return (text) => text === first;
  const middle = parts.slice(1, -1).filter((part) => part !== '');
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let from = first.length;
    const end = text.length - last.length;
    for (const part of middle) {
      const found = text.indexOf(part, from);
      if (found < 0 || found + part.length > end) return false;
      from = found + part.length;
    }
    return true;
  };
}
