import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A program of the system that writes down how it was called, in a folder to put first on PATH. */
export interface FakeSystemProgram {
  readonly folder: string;
  /** Each call's arguments, in one string. */
  calls(): Promise<string[]>;
}

/**
 * Makes a shell script of that name. Where a call's arguments match a pattern of `answers`, it prints that text; one that begins with `!`
 * goes to standard error, and the program fails.
 */
export async function fakeSystemProgram(
  folder: string,
  name: string,
  answers: Readonly<Record<string, string>> = {},
): Promise<FakeSystemProgram> {
  await mkdir(folder, { recursive: true });
  const log = join(folder, `${name}.calls`);
  await writeFile(log, '');
  const cases = Object.entries(answers).map(([pattern, text]) =>
    text.startsWith('!') ? `  ${pattern}) echo '${text.slice(1)}' >&2; exit 1 ;;` : `  ${pattern}) printf '%s\\n' '${text}' ;;`,
  );
  const script = ['#!/bin/sh', `echo "$*" >> '${log}'`, 'case "$*" in', ...cases, '  *) : ;;', 'esac', ''].join('\n');
  await writeFile(join(folder, name), script);
  await chmod(join(folder, name), 0o755);
  return { folder, calls: async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '') };
}
