import { scanGoJson } from './scan-go-json.js';

/**
 * The first JSON value of a text, read as Go's `json.Decoder` reads a request body: what follows the value is ignored, and
 * the sentence of an error is Go's, which is what clients of Ollama see. An empty text is the error `EOF`.
 */
export function parseGoJson(text: string): { readonly value: unknown } | { readonly error: string } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    const scanned = scanGoJson(text);
    return 'error' in scanned ? scanned : { value: JSON.parse(text.slice(scanned.start, scanned.end)) };
  }
}

/** What Go's `encoding/json` says about the first JSON value of a text; undefined where it has nothing to say. */
export function goJsonError(text: string): string | undefined {
  const scanned = scanGoJson(text);
  return 'error' in scanned ? scanned.error : undefined;
}
