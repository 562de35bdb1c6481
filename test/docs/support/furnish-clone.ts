import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../support/repository.js';

/**
 * Gives a fresh clone what its first start would install and build, from this repository: packages by hard link, output by copy. The
 * commands of the clone then find everything as npm ci and the build would leave it, and check that it is.
 */
export function furnishClone(folder: string): void {
  const { references } = JSON.parse(readFileSync(join(REPOSITORY, 'tsconfig.json'), 'utf8')) as { references: readonly { path: string }[] };
  for (const path of ['.', ...references.map((reference) => reference.path)]) {
    copy(join(path, 'node_modules'), '-al');
    copy(join(path, 'dist'), '-a');
  }

  function copy(path: string, how: string): void {
    if (existsSync(join(REPOSITORY, path))) execFileSync('cp', [how, join(REPOSITORY, path), join(folder, path)]);
  }
}
