import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';

export interface ArchiveEntry {
  readonly path: string;
  readonly text: string;
}

/** A program that says its version as Ollama does where no server answers. */
export function programText(version: string): string {
  return `#!/bin/sh\necho "Warning: could not connect to a running Ollama instance"\necho "Warning: client version is ${version}"\n`;
}

/** A .tgz of these files, all of them executable. */
export async function makeArchive(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'oc-archive-'));
  try {
    for (const { path, text } of entries) {
      await mkdir(dirname(join(folder, 'in', path)), { recursive: true });
      await writeFile(join(folder, 'in', path), text, { mode: 0o755 });
    }
    const file = join(folder, 'out.tgz');
    await create(
      { gzip: true, file, cwd: join(folder, 'in') },
      entries.map(({ path }) => path),
    );
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
