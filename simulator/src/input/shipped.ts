import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDERS = { trace: ['traces', '.csv'], fleet: ['fleets', '.json'] } as const;

type Kind = keyof typeof FOLDERS;

/** Names of the traces or fleets that come with this package. */
export function shippedNames(kind: Kind): readonly string[] {
  const [, suffix] = FOLDERS[kind];
  return readdirSync(folderOf(kind))
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort();
}

/** Path of the shipped file of that name; a path of one's own stays as it is, also where no file is there. */
export function resolveInput(kind: Kind, nameOrPath: string): string {
  const [, suffix] = FOLDERS[kind];
  const shipped = `${folderOf(kind)}/${nameOrPath}${suffix}`;
  return !existsSync(nameOrPath) && existsSync(shipped) ? shipped : nameOrPath;
}

function folderOf(kind: Kind): string {
  return fileURLToPath(new URL(`../../shipped/${FOLDERS[kind][0]}`, import.meta.url));
}
