import { existsSync, readdirSync, readFileSync } from 'node:fs';
// Paths are as documents write them, on every system.
import { posix } from 'node:path';

/** One Markdown file of the repository. */
export interface Document {
  /** From the root, as `specs/adr/ADR-0001-proxying.md`. */
  readonly path: string;
  readonly text: string;
}

const { dirname, join, normalize } = posix;

const FOLDERS = ['.', 'docs', 'specs', 'balancers', 'coordinator', 'common', 'agent', 'simulator'];
const NOT_OURS = ['node_modules', 'dist', '.git', '.data'];

/** Every Markdown file that describes this repository. */
export function readDocuments(): readonly Document[] {
  return FOLDERS.flatMap((folder) => markdownIn(folder, folder !== '.')).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

function markdownIn(folder: string, deep: boolean): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = normalize(join(folder, entry.name));
    if (entry.isDirectory()) return deep && !NOT_OURS.includes(entry.name) ? markdownIn(path, true) : [];
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const ROOTS = /^(?:\.ci|\.github|agent|balancers|common|coordinator|docs|helm|scripts|simulator|specs|test)\//;

/** The files and folders that a text names in backticks, from the root. Patterns (`<name>`, `*`, `…`) name none. */
export function namedPaths(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\s]+)`/g)].map(([, code = '']) => code).filter((code) => ROOTS.test(code) && !/[<>*…{}]/.test(code));
}

/** Where the links of a document lead within the repository: the path from the root, and the heading after `#`. */
export function links({ path, text }: Document): readonly { readonly target: string; readonly heading: string | undefined }[] {
  const found = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return found
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file = '', heading] = link.split('#');
      return { target: file === '' ? path : normalize(join(dirname(path), file)), heading };
    });
}

/** The anchors of a document's headings. */
export function anchors(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Code blocks of one language. */
export function codeBlocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].filter((block) => block[1] === language).map((block) => block[2] ?? '');
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}
