import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder of the repository; tests run from test/dist. */
export const REPOSITORY = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** A module under scripts/, which are plain JavaScript: the caller says what it exports. */
export function importScript<Exports>(path: string): Promise<Exports> {
  return import(pathToFileURL(join(REPOSITORY, 'scripts', path)).href) as Promise<Exports>;
}
