/** Texts beyond which the table starts anew: callers decide what signatures they send. */
const MOST_TEXTS = 10_000;

/**
 * One string object for all equal texts. A decision compares the request's signature with thousands of runners';
 * the same object is recognised at once, an equal one only character by character.
 */
export function createIntern(): (text: string) => string {
  const texts = new Map<string, string>();
  return (text) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size >= MOST_TEXTS) texts.clear();
    texts.set(text, text);
    return text;
  };
}
