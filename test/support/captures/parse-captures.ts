/** One recorded answer of the real Ollama. */
export interface Capture {
  /** Label, method and path; captures that share them are told apart by `#2`, `#3`, … */
  readonly name: string;
  readonly label: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** As far as it was recorded. */
  readonly body: string;
}

const LINE = /^(.{1,34}?)\s+(GET|HEAD|POST|DELETE|OPTIONS) (\S+) -> (\d{3}) (\{.*?\}) b(['"])(.*)\6$/;

/** Reads the captures: one line each, headers and body as Python prints them. Lines that record no answer are named in `notes`. */
export function parseCaptures(text: string): { readonly captures: readonly Capture[]; readonly notes: readonly string[] } {
  const seen = new Map<string, number>();
  const captures: Capture[] = [];
  const notes: string[] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, label, method, path, status, headers, , body] = LINE.exec(line) ?? [];
    if (label === undefined || method === undefined || path === undefined || headers === undefined || body === undefined) {
      notes.push(line);
      continue;
    }
    const base = `${label}: ${method} ${path}`;
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    const name = count === 1 ? base : `${base} #${count}`;
    captures.push({ name, label, method, path, status: Number(status), headers: parseHeaders(headers), body: unescapeBytes(body) });
  }
  return { captures, notes };
}

function parseHeaders(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/'([^']*)': '([^']*)'/g)].map(([, name = '', value = '']) => [name, value]));
}

function unescapeBytes(text: string): string {
  return text.replace(/\\(n|t|r|'|"|\\|x[0-9a-f]{2})/g, (_all, code: string) => {
    if (code.startsWith('x')) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r' }[code] ?? code;
  });
}
