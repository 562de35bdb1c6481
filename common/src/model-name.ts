/**
 * The model name as Ollama stores it: the tag `latest` is implied, the default registry and namespace are dropped.
 * `llama3` and `registry.ollama.ai/library/llama3:latest` are both `llama3:latest`. Ollama looks names up without
 * regard to case, so the coordinator compares them in lower case.
 */
export function normalizeModelName(name: string): string {
  const lower = name.trim().toLowerCase();
  const withoutScheme = lower.replace(/^https?:\/\//, '');
  const short = withoutScheme.replace(/^registry\.ollama\.ai\//, '').replace(/^library\//, '');
  const lastPart = short.slice(short.lastIndexOf('/') + 1);
  return short === '' || lastPart.includes(':') ? short : `${short}:latest`;
}
