/** What a reader of a page does with one block of it. */
export interface PageStep {
  readonly page: string;
  /** The block without its fence. */
  readonly text: string;
  readonly kind: 'run' | 'until' | 'prints' | 'fails' | 'file' | 'elsewhere';
  /** What it prints (until, prints, fails), the path of the file (file), the reason why it does not run here (elsewhere). */
  readonly detail: string;
  /** Done on the other machine. */
  readonly isThere?: boolean;
}

const BLOCK = /(?:^<!-- (run|file): (.*?) -->\n+)?^```(\w*)\n([\s\S]*?)^```$/gm;

/**
 * The blocks of a page that are commands or files, in order. A shell block runs as it stands, unless a comment before it says how:
 * `run: until "text"` keeps running, and is ready when it prints that; `run: prints text` must print it; `run: fails with text` must
 * fail so; `there, ` before one of these means the other machine. `run: not here, reason` and `run: on a cluster` do not run in the tests. `file: path` before any block is a file.
 */
export function pageSteps({ path, text }: { readonly path: string; readonly text: string }): readonly PageStep[] {
  return [...text.matchAll(BLOCK)].flatMap(([, marker, how = '', language = '', block = '']) => {
    if (marker === 'file') return [{ page: path, text: block, kind: 'file' as const, detail: how }];
    return language === 'sh' ? [{ page: path, text: block, ...howToRun(how, path) }] : [];
  });
}

function howToRun(marker: string, page: string): Pick<PageStep, 'kind' | 'detail' | 'isThere'> {
  const isThere = marker.startsWith('there, ');
  const how = isThere ? marker.slice('there, '.length) : marker;
  for (const [pattern, kind] of [
    [/^$/, 'run'],
    [/^until "(.+)"$/, 'until'],
    [/^prints (.+)$/, 'prints'],
    [/^fails with (.+)$/, 'fails'],
    [/^not here, (.+)$/, 'elsewhere'],
    [/^(on a cluster)$/, 'elsewhere'],
  ] as const) {
    const match = pattern.exec(how);
    if (match !== null) return { kind, detail: match[1] ?? '', isThere };
  }
  throw new Error(`${page}: nobody knows how to "run: ${marker}"`);
}
