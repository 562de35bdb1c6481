import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../support/repository.js';

/** Paths of all files that git keeps or would keep, relative to the repository; undefined outside a clone. */
export function listTrackedFiles(): string[] | undefined {
  if (!existsSync(join(REPOSITORY, '.git'))) return undefined;
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(REPOSITORY, path)));
}
