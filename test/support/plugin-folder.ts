import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface PluginFolder {
  /** A folder outside the repository. */
  readonly path: string;
  /** Writes files (path → text), below `node_modules/<package>` when one is named. Returns their folder. */
  write(files: Readonly<Record<string, string>>, packageName?: string): string;
  remove(): void;
}

export function createPluginFolder(): PluginFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'oc-plugin-')));
  return {
    path,
    write(files, packageName) {
      const folder = packageName === undefined ? path : join(path, 'node_modules', packageName);
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
      return folder;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
